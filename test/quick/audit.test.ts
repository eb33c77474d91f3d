import { describe, expect, it } from 'vitest';
import { auditVerdict } from '../../tools/audit-verdict.ts';

describe('the audit of the lockfile', () => {
  it('fails by name on advisories of severity high and critical, and on no other', () => {
    const vulnerabilities = {
      tar: { name: 'tar', severity: 'high', range: '<6.2.1' },
      ws: { name: 'ws', severity: 'moderate', range: '<8.17.1' },
    };
    expect(auditVerdict(JSON.stringify({ vulnerabilities }))).toEqual({
      kind: 'vulnerable',
      lines: ['tar <6.2.1: high'],
    });
  });
  it('passes when the registry knows none', () => {
    expect(auditVerdict('{"auditReportVersion":2,"vulnerabilities":{}}').kind).toBe('clean');
  });
  it.each([
    [
      'refuses',
      '{"message":"405 Method Not Allowed - POST https://registry.example/bulk","error":{"summary":""}}',
      '405',
    ],
    ['is not reached', '{"error":{"code":"ENOTFOUND","summary":"request failed\\nsee the log"}}', 'request failed)'],
    ['does not speak JSON', '<html>', 'no JSON'],
    ['is asked by an npm that prints nothing', '', 'no JSON'],
  ])('is skipped in one line when the registry %s', (_title, printed, why) => {
    expect(auditVerdict(printed)).toEqual({ kind: 'skipped', line: expect.stringContaining(why) });
  });
});

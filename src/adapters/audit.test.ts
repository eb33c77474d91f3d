import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../operator/ports.ts';
import { AuditFile } from './audit.ts';

const folder = mkdtempSync(join(tmpdir(), 'kubeskippy-audit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const entry: AuditEntry = {
  at: '2026-01-01T00:00:00Z',
  entry: 'intent',
  action: 'a/b',
  actionUid: 'u',
  attempt: 1,
  method: 'POST',
  path: '/x',
  dryRun: 'none',
};

describe('the audit file', () => {
  it('holds each entry on a line, in order, readable by its owner only, and goes on after a restart', async () => {
    const path = join(folder, 'audit.jsonl');
    for (const attempt of [1, 2]) {
      const file = new AuditFile(path);
      await file.record({ ...entry, attempt });
      file.close();
    }
    const lines = readFileSync(path, 'utf8').trim().split('\n');
    expect(lines.map((line) => (JSON.parse(line) as AuditEntry).attempt)).toEqual([1, 2]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('says so when a line cannot be written (I30)', async () => {
    const file = new AuditFile(join(folder, 'closed.jsonl'));
    file.close();
    await expect(file.record(entry)).rejects.toMatchObject({ name: 'AuditError', code: 'AuditUnwritable' });
  });

  it('says so when it cannot be opened', () => {
    expect(() => new AuditFile(join(folder, 'absent', 'x'))).toThrow(/cannot open the audit trail .*: ENOENT/);
  });
});

import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { called, testFolder } from '../../../test/kit/command-line.ts';

const file = testFolder();

describe('kubeskippy config print', () => {
  it('prints defaults that can be given back', async () => {
    const { code, out, err } = await called(['config', 'print', '--defaults']);
    expect([code, err]).toEqual([0, '']);
    expect(parse(out)).toMatchObject({ metricsBindAddress: ':8080', maxConcurrent: 5, logFormat: 'auto' });
    const path = file('defaults.yaml', out);
    const again = await called(['config', 'print', '--effective', '--config', path]);
    expect(again.out).toBe(out);
    expect(await called(['config', 'check', path])).toEqual({ code: 0, out: '', err: '' });
  });

  it('prints what a file makes of them, and says what has no effect', async () => {
    const path = file('old.yaml', 'safety: {dryRunMode: true}\nremediation:\n  maxRetries: 3\n');
    const { out, err } = await called(['config', 'print', '--effective', '--config', path, '-o', 'json']);
    expect(JSON.parse(out)).toMatchObject({ dryRun: true, maxActionsPerHour: 60 });
    expect(err).toBe(`${path}:3: remediation.maxRetries has no effect: an action of a policy says it for itself\n`);
  });

  it.each([[[]], [['--defaults', '--effective']], [['--defaults', '--config', 'x']]])('refuses %j', async (flags) => {
    const { code, out } = await called(['config', 'print', ...flags]);
    expect([code, out]).toEqual([2, '']);
  });
});

describe('kubeskippy config check', () => {
  it('names file, line, key and what is allowed', async () => {
    const path = file('bad.yaml', 'dryrun: true\nlogLevel: loud\nactions:\n  shell: true\n');
    const { code, out, err } = await called(['config', 'check', path]);
    expect([code, err]).toEqual([2, 'kubeskippy: 3 errors\n']);
    expect(out.split('\n').toSorted()).toEqual([
      '',
      `${path}:1: error dryrun is not a setting; did you mean dryRun?`,
      `${path}:2: error logLevel must be one of debug, info, warn, error`,
      `${path}:4: error actions.shell is not a setting; there are disabled, patchFields, deletableKinds`,
    ]);
    const json = await called(['config', 'check', '-o', 'json', path]);
    expect(JSON.parse(json.out)).toContainEqual({
      file: path,
      severity: 'error',
      path: 'logLevel',
      message: 'must be one of debug, info, warn, error',
      line: 2,
    });
  });

  it('says that a file cannot be read', async () => {
    const { code, err } = await called(['config', 'check', '/nowhere']);
    expect([code, err]).toEqual([2, 'kubeskippy: cannot read the configuration /nowhere: no such file or folder\n']);
  });
});

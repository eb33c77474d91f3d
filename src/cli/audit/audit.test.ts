import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AuditFile } from '../../adapters/audit/audit-file.ts';
import type { AuditEntry } from '../../operator/ports.ts';
import { toTimestamp, VirtualClock } from '../../std/clock.ts';
import { buildProgram, execute } from '../program.ts';

let folder: string;
let clock: VirtualClock;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeskippy-trail-'));
  clock = new VirtualClock();
});
afterEach(() => rmSync(folder, { recursive: true }));

const path = (): string => join(folder, 'audit.jsonl');

/** Two records a minute, four a file: three files. */
async function written(actions: readonly string[]): Promise<void> {
  const file = new AuditFile({
    path: path(),
    maxBytes: 1500,
    keep: 5,
    sync: 'never',
    clock,
    onRepair: () => undefined,
  });
  for (const action of actions) {
    const common = {
      action,
      actionUid: 'u',
      attempt: 1,
      method: 'PATCH',
      path: '/apis/apps/v1/x',
      dryRun: 'none',
    } as const;
    const entries: readonly AuditEntry[] = [
      { at: toTimestamp(clock.now()), entry: 'intent', ...common },
      { at: toTimestamp(clock.now()), entry: 'outcome', ...common, result: '200' },
    ];
    for (const entry of entries) await file.record(entry);
    await clock.advance(60_000);
  }
  file.close();
}

async function run(...args: readonly string[]) {
  const [out, err]: [string[], string[]] = [[], []];
  const environment = {
    env: {},
    stdout: { write: (text: string) => void out.push(text) },
    stderr: { write: (text: string) => void err.push(text) },
    clock,
    signal: new AbortController().signal,
    random: () => 0,
  };
  const status = await execute(buildProgram(environment), ['audit', ...args], environment);
  return { status, out: out.join(''), err: err.join('') };
}

const ACTIONS = ['shop/a', 'shop/b', 'shop/c', 'shop/d', 'other/a'];

describe('kubeskippy audit show', () => {
  it('prints all files of the trail, oldest first', async () => {
    await written(ACTIONS);
    const { status, out } = await run('show', path());
    expect(status).toBe(0);
    expect(
      out
        .trimEnd()
        .split('\n')
        .map((line) => line.split('  ')[2]?.trim()),
    ).toEqual(ACTIONS.flatMap((action) => [`${action} attempt 1`, `${action} attempt 1`]));
    expect(out.split('\n')[1]).toBe('2026-01-01T00:00:00Z  outcome  shop/a attempt 1  PATCH /apis/apps/v1/x  200');
  });

  it.each<[readonly string[], readonly string[]]>([
    [
      ['--action', 'shop/a'],
      ['shop/a', 'shop/a'],
    ],
    [
      ['--action', 'a'],
      ['shop/a', 'shop/a', 'other/a', 'other/a'],
    ],
    [
      ['--since', '90s'],
      ['other/a', 'other/a'],
    ],
  ])('prints what is asked for: %j', async (flags, actions) => {
    await written(ACTIONS);
    const { out } = await run('show', path(), '-o', 'json', ...flags);
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { readonly action: string });
    expect(lines.map(({ action }) => action)).toEqual(actions);
  });

  it('shows where a record cannot be believed', async () => {
    await written(['shop/a']);
    writeFileSync(path(), readFileSync(path(), 'utf8').replace('shop/a', 'shop/x'));
    expect((await run('show', path())).out).toContain(`${path()}:1: it was changed after it was written`);
  });
});

describe('kubeskippy audit verify', () => {
  it('says that a trail over several files is whole', async () => {
    await written(ACTIONS);
    expect(await run('verify', path())).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^10 records in 3 files: whole/),
    });
  });

  it.each<[string, (file: string) => void, RegExp]>([
    [
      'a record that was changed',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').replace('"200"', '"404"')),
      /jsonl\.1:2: it was changed/,
    ],
    [
      'a record that was taken out between two files',
      (file) => writeFileSync(file, `${readFileSync(file, 'utf8').trimEnd().split('\n').slice(0, -1).join('\n')}\n`),
      /jsonl:1: .*records are missing/,
    ],
    [
      'a torn end',
      (file) => writeFileSync(file, readFileSync(file, 'utf8').slice(0, -20)),
      /jsonl\.1:\d: it has no end: it was torn/,
    ],
  ])('names the place of %s', async (_title, damage, told) => {
    await written(ACTIONS);
    damage(`${path()}.1`);
    const { status, out, err } = await run('verify', path());
    expect([status, out, err]).toEqual([1, expect.stringMatching(told), expect.stringMatching(/broken at \d place/)]);
  });

  it('says that there is no trail, with exit status 2', async () => {
    expect(await run('verify', path())).toMatchObject({
      status: 2,
      err: `kubeskippy: there is no audit trail at ${path()}\n`,
    });
  });
});

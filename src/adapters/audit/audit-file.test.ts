import {
  appendFileSync,
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { AuditEntry } from '../../operator/ports.ts';
import { toMicroTime } from '../../std/clock.ts';
import { AuditFile, type AuditFileConfig } from './audit-file.ts';
import { CHAIN_START, checkChain } from './chain.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 24 * 3_600_000;
const root = mkdtempSync(join(tmpdir(), 'kubeskippy-audit-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const entry = (attempt: number, at = T0): AuditEntry => ({
  at: toMicroTime(at),
  entry: 'intent',
  action: 'a/b',
  actionUid: 'u',
  attempt,
  method: 'POST',
  path: '/x',
  dryRun: 'none',
});

/** A folder of its own with a trail in it. */
function playing(change: Partial<AuditFileConfig> = {}) {
  const folder = mkdtempSync(join(root, 'x-'));
  const path = join(folder, 'audit.jsonl');
  const repairs: string[] = [];
  const clock = { time: T0, now: () => clock.time };
  const open = () =>
    new AuditFile({
      path,
      maxBytes: 1024 * 1024,
      keep: 3,
      sync: 'always',
      clock,
      onRepair: (message) => void repairs.push(message),
      ...change,
    });
  const attempts = (name = path) =>
    readFileSync(name, 'utf8')
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as AuditEntry).attempt);
  const check = () => checkChain(readFileSync(path, 'utf8'), CHAIN_START);
  return { folder, path, repairs, clock, open, attempts, check };
}

describe('the audit file', () => {
  it('holds each entry on a line, in one chain, readable by its owner only, and goes on after a restart', async () => {
    const { path, open, attempts, check, repairs } = playing();
    for (const attempt of [1, 2]) {
      const file = open();
      await file.record(entry(attempt));
      file.close();
    }
    expect(attempts()).toEqual([1, 2]);
    expect(check()).toMatchObject({ records: 2, problems: [] });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(repairs).toEqual([]);
  });

  it('says so when a line cannot be written (I30), and what is the matter until one can', async () => {
    const { open, clock } = playing();
    const file = open();
    file.close();
    await expect(file.record(entry(1))).rejects.toMatchObject({ name: 'AuditError', code: 'AuditUnwritable' });
    expect(file.problem()).toMatch(/^cannot write the audit trail .*: EBADF$/);
    clock.time += 1000;
    expect(file.problem()).toMatch(/EBADF$/);
  });

  it('says so when it cannot be opened', () => {
    const { folder } = playing();
    expect(() => playing({ path: join(folder, 'absent', 'x') }).open()).toThrow(
      /cannot open the audit trail .*: no such file or folder/,
    );
  });

  it('touches no other file of the process while its folder is gone, says why, and goes on when it is back (I30)', async () => {
    const { folder, path, open, attempts, check } = playing();
    const file = open();
    await file.record(entry(1));
    renameSync(folder, `${folder}-away`);
    const refused = () =>
      expect(file.record(entry(2))).rejects.toThrow(`cannot write the audit trail ${path}: no such file or folder`);
    await refused();
    // It gets the lowest number that is free.
    const other = openSync(join(root, 'other'), 'w');
    await refused();
    await refused();
    writeSync(other, 'all of it');
    closeSync(other);
    expect(readFileSync(join(root, 'other'), 'utf8')).toBe('all of it');
    renameSync(`${folder}-away`, folder);
    await file.record(entry(3));
    expect([attempts(), check().problems]).toEqual([[1, 3], []]);
  });

  it('cuts off what a crash left of a record, says so, and goes on with the chain', async () => {
    const { path, open, attempts, check, repairs } = playing();
    const first = open();
    await first.record(entry(1));
    first.close();
    appendFileSync(path, '{"at":"2026-01-01T00:00:01Z","entr');
    const second = open();
    expect(repairs).toEqual([]);
    await second.record(entry(2));
    expect(attempts()).toEqual([1, 2]);
    expect(check()).toMatchObject({ records: 2, problems: [] });
    expect(repairs).toEqual([expect.stringContaining('an unfinished record of 34 bytes, which was removed')]);
  });

  it('cuts off a first record that is unfinished', async () => {
    const { path, open, attempts, check } = playing();
    writeFileSync(path, '{"at"');
    await open().record(entry(1));
    expect([attempts(), check().problems]).toEqual([[1], []]);
  });

  it('goes on after the records of the process that led before', async () => {
    const { open, attempts, check, repairs } = playing();
    const [standby, leader] = [open(), open()];
    for (const attempt of [1, 2]) await leader.record(entry(attempt));
    await standby.record(entry(3));
    await leader.record(entry(4));
    expect([attempts(), check().problems, repairs]).toEqual([[1, 2, 3, 4], [], []]);
  });

  it('puts aside a file that is no audit trail, and loses nothing of it', async () => {
    const { folder, path, open, attempts, repairs } = playing();
    writeFileSync(path, 'somebody wrote this\n');
    await open().record(entry(1));
    expect(attempts()).toEqual([1]);
    const aside = readdirSync(folder).find((name) => name.includes('damaged')) ?? '';
    expect(readFileSync(join(folder, aside), 'utf8')).toBe('somebody wrote this\n');
    expect(repairs).toEqual([expect.stringContaining(aside)]);
  });

  it('shows that records were taken away from its end while it was open', async () => {
    const { path, open, check } = playing();
    const file = open();
    await file.record(entry(1));
    const { size } = statSync(path);
    await file.record(entry(2));
    const lost = readFileSync(path, 'utf8').split('\n')[1] ?? '';
    truncateSync(path, size);
    await file.record(entry(3));
    // The chain goes on where the file ends; the hash of the lost record is in none of its lines.
    expect(check()).toMatchObject({ records: 2, problems: [] });
    expect(readFileSync(path, 'utf8')).not.toContain((JSON.parse(lost) as { hash: string }).hash);
  });
});

describe('another audit file', () => {
  it('is begun when the file is full; the chain goes on in it, and the oldest is given up', async () => {
    const { folder, path, open } = playing({ maxBytes: 1200, keep: 2 });
    let file = open();
    for (let attempt = 1; attempt <= 12; attempt++) {
      await file.record(entry(attempt));
      // Also across a restart.
      if (attempt === 6) {
        file.close();
        file = open();
      }
    }
    expect(readdirSync(folder).toSorted()).toEqual(['audit.jsonl', 'audit.jsonl.1', 'audit.jsonl.2']);
    let before: string | undefined;
    const records: number[] = [];
    for (const name of [`${path}.2`, `${path}.1`, path]) {
      const { last, problems, records: count } = checkChain(readFileSync(name, 'utf8'), before);
      expect(problems).toEqual([]);
      records.push(count);
      before = last;
    }
    expect(records.every((count) => count >= 1 && count <= 4)).toBe(true);
    expect(statSync(path).size).toBeLessThanOrEqual(1200);
  });

  it('is begun when the first record is old, also for a process that did not write it', async () => {
    const { path, open, attempts } = playing({ maxAgeMs: DAY_MS });
    await open().record(entry(1, T0));
    const file = open();
    await file.record(entry(2, T0 + DAY_MS - 1));
    await file.record(entry(3, T0 + DAY_MS));
    expect([attempts(`${path}.1`), attempts()]).toEqual([[1, 2], [3]]);
  });

  it('goes on with the chain after a crash between two steps of the change', async () => {
    const { path, open, check } = playing();
    const file = open();
    await file.record(entry(1));
    file.close();
    renameSync(path, `${path}.1`);
    await open().record(entry(2));
    const { last } = checkChain(readFileSync(`${path}.1`, 'utf8'), CHAIN_START);
    expect(checkChain(readFileSync(path, 'utf8'), last)).toMatchObject({ records: 1, problems: [] });
    expect(check().problems).toHaveLength(1);
  });
});

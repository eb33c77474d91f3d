import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { proposal, T0 } from '../../test/kit/core-data.ts';
import type { DecisionRecord } from '../operator/ports.ts';
import { toMicroTime } from '../std/clock.ts';
import { DecisionFiles, type DecisionFilesConfig } from './decision-files.ts';

const folders: string[] = [];
const folder = (): string => {
  const path = mkdtempSync(join(tmpdir(), 'kubeskippy-decisions-'));
  folders.push(path);
  return path;
};
afterEach(() => {
  for (const path of folders.splice(0)) rmSync(path, { recursive: true, force: true });
});

async function open(directory: string, change: Partial<DecisionFilesConfig> = {}) {
  const logs: string[] = [];
  const counts: Record<string, number> = {};
  const count = (what: string) => void (counts[what] = (counts[what] ?? 0) + 1);
  const log = (fields: Readonly<Record<string, unknown>>, message: string) =>
    void logs.push([fields['reason'], fields['code'], message].filter((word) => typeof word === 'string').join(' '));
  const files = await DecisionFiles.open({
    directory,
    maxFiles: 100,
    maxBytes: 1_000_000,
    version: '1.2.3',
    logger: { info: log, warn: log },
    onRecorded: () => count('recorded'),
    onLost: count,
    ...change,
  });
  return { files, logs, counts };
}

const { actionType: _type, policy: _policy, ...FACTS } = proposal();
/** A verdict on an action, as small as a record can be, so many seconds after T0. */
const record = (seconds: number, text = ''): DecisionRecord => ({
  format: 'kubeskippy.io/decision-v2',
  at: toMicroTime(T0 + seconds * 1000),
  kind: 'gates',
  decided: { allow: false, reason: 'Protected', message: text },
  input: { how: 'begins', scene: { facts: FACTS } } as never,
});
const names = (directory: string): readonly string[] => readdirSync(directory).toSorted();
const label = ['Deployment', 'shop', 'web', 'gates', 'begins', 'Protected'];

describe('recorded decisions', () => {
  it('are files that sort by time and name their target; nobody else may read them', async () => {
    const directory = join(folder(), 'made', 'anew');
    const { files, counts } = await open(directory);
    files.keep(record(2), ['ClusterRole', '', 'system:node/x', 'target', 'nothing']);
    files.keep(record(1), label);
    await files.drain();
    expect(names(directory)).toEqual([
      '20260101T000001.000Z_Deployment_shop_web_gates_begins_Protected.json',
      '20260101T000002.000Z_ClusterRole_system-node-x_target_nothing.json',
    ]);
    const [name = ''] = names(directory);
    expect(JSON.parse(readFileSync(join(directory, name), 'utf8'))).toEqual({ version: '1.2.3', ...record(1) });
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(counts).toEqual({ recorded: 2 });
  });

  it('of the same millisecond on the same target do not overwrite each other', async () => {
    const directory = folder();
    const { files } = await open(directory);
    for (const text of ['a', 'b', 'c']) files.keep(record(1, text), label);
    await files.drain();
    expect(names(directory).map((name) => name.replace(/^.*Protected/, ''))).toEqual(['.json', '_2.json', '_3.json']);
  });

  it('have names that every file system takes', async () => {
    const directory = folder();
    const { files, counts } = await open(directory);
    files.keep(record(1), ['Deployment', 'n'.repeat(63), 'x'.repeat(253), 'target', 'nothing']);
    files.keep(record(1), ['Deployment', 'n'.repeat(63), 'x'.repeat(253), 'target', 'nothing']);
    await files.drain();
    expect(counts).toEqual({ recorded: 2 });
  });

  it('are as many as may be, the newest ones', async () => {
    const directory = folder();
    const { files } = await open(directory, { maxFiles: 3 });
    for (let second = 1; second <= 5; second++) files.keep(record(second), label);
    await files.drain();
    expect(names(directory).map((name) => name.slice(9, 15))).toEqual(['000003', '000004', '000005']);
  });

  it('take no more room than they may, those of earlier runs included', async () => {
    const directory = folder();
    const first = await open(directory);
    for (let second = 1; second <= 5; second++) first.files.keep(record(second, 'x'.repeat(1000)), label);
    await first.files.drain();
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    writeFileSync(join(directory, '.20260101T000009.000Z_Pod_a_b.json'), '{"half": ');
    const size = statSync(join(directory, names(directory)[1] ?? '')).size;

    const second = await open(directory, { maxBytes: 3 * size });
    second.files.keep(record(6, 'x'.repeat(1000)), label);
    await second.files.drain();
    expect(names(directory).map((name) => name.slice(9, 15))).toEqual(['000004', '000005', '000006', '']);
    expect(readFileSync(join(directory, 'notes.txt'), 'utf8')).toBe('mine');
  });

  it('that are larger than all may be are counted, and said once', async () => {
    const directory = folder();
    const { files, logs, counts } = await open(directory, { maxBytes: 5000 });
    for (let time = 0; time < 3; time++) files.keep(record(time, 'x'.repeat(6000)), label);
    files.keep(record(4), label);
    await files.drain();
    expect(counts).toEqual({ TooLarge: 3, recorded: 1 });
    expect(logs).toEqual([expect.stringMatching(/^TooLarge .*Healing goes on$/), 'decisions are recorded again']);
  });
});

describe('a folder that takes nothing', () => {
  it('is said once and counted; recording goes on when it takes files again', async () => {
    const directory = join(folder(), 'disk');
    const { files, logs, counts } = await open(directory);
    rmSync(directory, { recursive: true });
    // Nothing can be written below this name: as on a full disk, each write fails for itself.
    symlinkSync('/nowhere/at/all', directory);
    for (let second = 1; second <= 3; second++) files.keep(record(second), label);
    await files.drain();
    expect(counts).toEqual({ WriteFailed: 3 });
    expect(logs).toEqual([expect.stringMatching(/^WriteFailed ENOENT a decision was not recorded/)]);

    rmSync(directory);
    files.keep(record(4), label);
    await files.drain();
    expect(counts).toEqual({ WriteFailed: 4 });
    await (await open(directory)).files.drain();
    files.keep(record(5), label);
    await files.drain();
    expect(counts).toEqual({ WriteFailed: 4, recorded: 1 });
    expect(logs.slice(1)).toEqual(['decisions are recorded again']);
  });

  it('at the start is refused with its name', async () => {
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    await expect(open(file)).rejects.toThrow(
      `cannot record decisions in ${file}: a file of that name is there already`,
    );
  });

  it('never holds up or fails who tells a decision', async () => {
    const directory = folder();
    const { files, counts } = await open(directory, { maxBytes: 100_000_000 });
    const large = 'x'.repeat(9_000_000);
    // Nothing is written before the first await: what has no room in memory is dropped at once.
    for (let second = 1; second <= 5; second++) files.keep(record(second, large), label);
    expect(counts).toEqual({ QueueFull: 2 });
    await files.drain();
    expect(counts).toEqual({ QueueFull: 2, recorded: 3 });
  });
});

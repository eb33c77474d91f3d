/**
 * The audit trail is a file, and its disk goes away or has a torn record on it: nothing acts that it does not hold, and
 * what it holds is whole. Judged from the API server's own log.
 */
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { AuditFile } from '../../src/adapters/audit/audit-file.ts';
import { CHAIN_START, checkChain } from '../../src/adapters/audit/chain.ts';
import type { AuditEntry } from '../../src/operator/ports.ts';
import { effects, illCluster, QUICK } from '../kit/ill-cluster.ts';
import type { TestCluster } from '../kit/test-cluster.ts';

const MINUTE = 60_000;
const root = mkdtempSync(join(tmpdir(), 'kubeskippy-trail-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A disk of its own with a trail on it, and a cluster with Deployments that are ill. */
function playing(count = 1, spec: Record<string, unknown> = {}) {
  const disk = join(mkdtempSync(join(root, 'x-')), 'disk');
  mkdirSync(disk);
  const path = join(disk, 'audit.jsonl');
  const world = illCluster(count, spec);
  const { clock } = world;
  const repairs: string[] = [];
  const open = () =>
    new AuditFile({
      path,
      maxBytes: 1_000_000,
      keep: 1,
      sync: 'always',
      clock,
      onRepair: (message) => void repairs.push(message),
    });
  return { disk, path, world, repairs, open };
}
const entriesIn = (path: string): readonly AuditEntry[] =>
  readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as AuditEntry);
const told = (path: string, entry: string): number => entriesIn(path).filter((one) => one.entry === entry).length;
const held = (world: TestCluster): string | undefined =>
  world.status('crash-loops').conditions?.find(({ type }) => type === 'RemediationAllowed')?.reason;

describe('while the trail cannot be written nothing is done, and it is done once it can (I30):', () => {
  it.each<[string, (disk: string) => void, (disk: string) => void]>([
    [
      'its disk is gone, with what is on it',
      (disk) => renameSync(disk, `${disk}-away`),
      (disk) => renameSync(`${disk}-away`, disk),
    ],
    [
      'another disk is there on which its name is a folder',
      (disk) => {
        renameSync(disk, `${disk}-away`);
        mkdirSync(join(disk, 'audit.jsonl'), { recursive: true });
      },
      (disk) => {
        rmSync(disk, { recursive: true });
        renameSync(`${disk}-away`, disk);
      },
    ],
  ])('%s', async (_title, goes, comes) => {
    const { disk, path, world, open } = playing();
    const trail = open();
    goes(disk);
    world.operator({ trail });
    expect(await world.until(() => held(world) === 'AuditUnwritable')).toBe(true);
    await world.clock.advance(2 * MINUTE);
    expect([effects(world), held(world)]).toEqual([0, 'AuditUnwritable']);
    comes(disk);
    await world.clock.advance(5 * MINUTE);
    expect([effects(world), told(path, 'intent'), told(path, 'outcome')]).toEqual([1, 1, 1]);
    expect(checkChain(readFileSync(path, 'utf8'), CHAIN_START).problems).toEqual([]);
    expect(held(world)).toBe('Allowed');
  });
});

describe('a record of which a crash left half', () => {
  it('is cut off before the next one: each effect has its intent and outcome in one chain (I30, I31)', async () => {
    const { path, world, repairs, open } = playing(2, { safetyRules: { ...QUICK, maxConcurrent: 1 } });
    const first = world.operator({ trail: open() });
    expect(await world.until(() => effects(world) === 1)).toBe(true);
    await world.clock.advance(10);
    first.kill();
    appendFileSync(path, '{"at":"2026-01-01T00:00:01Z","entr');
    world.operator({ trail: open() });
    expect(await world.until(() => effects(world) === 2)).toBe(true);
    await world.clock.advance(MINUTE);
    expect([effects(world), told(path, 'intent'), told(path, 'outcome')]).toEqual([2, 2, 2]);
    expect(checkChain(readFileSync(path, 'utf8'), CHAIN_START).problems).toEqual([]);
    expect(repairs).toEqual([expect.stringContaining('an unfinished record of 34 bytes, which was removed')]);
  });
});

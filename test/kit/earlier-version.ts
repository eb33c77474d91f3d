/**
 * What an earlier version has left in a cluster when it was killed: its kinds, and the objects of namespace `default`
 * with its Lease, recorded from it on the embedded cluster (descriptions and managed fields left out). Its six actions
 * are named after where they stand:
 *
 * | action | what it was doing |
 * |---|---|
 * | `waits` | waits for a person |
 * | `approved` | a person has approved it, and nothing was sent yet |
 * | `between` | a restart by recreate: scaled to 0, and not yet back to 2 |
 * | `verified` | its restart was sent; it looks whether that helps |
 * | `undoing` | scaled from 1 to 3 in vain; it is about to scale back |
 * | `undone` | has ended: in vain, and scaled back |
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Discovery } from '../../src/kube/discovery.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { asAdmin } from './people.ts';
import { DEFINITIONS } from './resources.ts';
import type { TestCluster } from './test-cluster.ts';

/** After the beginning of every VirtualClock. */
export const RECORDED_MS = 255_200;

const linesOf = (name: string): readonly KubeObject[] =>
  readFileSync(join(import.meta.dirname, 'earlier-version', `${name}.jsonl`), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as KubeObject);

/** Under its own kinds, at the moment at which the earlier version was killed. */
export async function leaveByEarlierVersion(world: TestCluster): Promise<void> {
  for (const { metadata, spec } of linesOf('kinds'))
    world.cluster.modify(DEFINITIONS, { name: metadata.name }, (now) => ({ ...now, spec }));
  await world.clock.advance(RECORDED_MS - world.clock.now() + START);
  const types = new Discovery(asAdmin(world));
  for (const object of linesOf('records')) {
    const type = await types.resolve(object.apiVersion, object.kind);
    if (type === undefined) throw new Error(`the cluster has no ${object.kind}`);
    world.cluster.restore(type, object);
  }
}

const START = Date.UTC(2026, 0, 1);

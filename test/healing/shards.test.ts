/** Processes that share the work by namespace: each namespace is one's, also while a shard goes from one to another. */
import { describe, expect, it } from 'vitest';
import { PAUSE_CONFIG_MAP } from '../../src/api/names.ts';
import { shardOf } from '../../src/core/shards.ts';
import { Share } from '../../src/operator/share.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

const OPERATORS = 'kubeskippy-system';
/** Of two shards, a namespace of each; the operator's own lies in the first. */
const inShard = (shard: number): string => {
  for (let n = 0; ; n++) if (shardOf(`team-${n}`, 2) === shard) return `team-${n}`;
};
const TEAMS = [inShard(0), inShard(1)] as const;

const in_ = <T extends { readonly metadata: object }>(namespace: string, object: T): T => ({
  ...object,
  metadata: { ...object.metadata, namespace },
});

/** A crash loop and its policy in each namespace, and two processes with these shards. */
function divided(config: Parameters<TestCluster['operator']>[0] = {}) {
  const world = new TestCluster();
  const held = [new Set([0]), new Set([1])];
  const shares = held.map((shards) => new Share({ count: 2, holds: (shard) => shards.has(shard) }));
  for (const name of [OPERATORS, ...TEAMS])
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  const operators = shares.map((share) => world.operator({ ...config, actions: { share } }));
  const break_ = (namespace: string) => {
    world.cluster.create(DEPLOYMENTS, in_(namespace, deployment('web', CRASHES_UNTIL_RESTARTED)));
    world.cluster.create(POLICIES, in_(namespace, policy()));
  };
  /** What `process` has asked the API server to change in a namespace. */
  const writes = (process: number, namespace: string) =>
    (operators[process]?.sent ?? []).filter(
      ({ request, path }) => request.method !== 'GET' && path.includes(`/namespaces/${namespace}/`),
    );
  /** The second process gives its shard to the first, as an election does. */
  const give = async () => {
    held[1]?.delete(1);
    shares[1]?.changed();
    await shares[1]?.settled();
    held[0]?.add(1);
    shares[0]?.changed();
  };
  const generation = (namespace: string) =>
    world.cluster.get(DEPLOYMENTS, { namespace, name: 'web' })?.metadata.generation;
  return { world, operators, break_, writes, give, generation };
}

describe('of two processes that share the work', () => {
  it('each heals in its own namespaces, and says nothing in those of the other', async () => {
    const { world, break_, writes, generation } = divided();
    for (const team of TEAMS) break_(team);
    expect(await world.until(() => world.phases().filter((phase) => phase === 'Succeeded').length === 2)).toBe(true);
    expect(TEAMS.map(generation)).toEqual([2, 2]);
    expect([writes(0, TEAMS[1]), writes(1, TEAMS[0])]).toEqual([[], []]);
    for (const [process, team] of TEAMS.entries()) expect(writes(process, team).length).toBeGreaterThan(3);
  });

  it('the one that gets a shard finishes what the other has begun there, and does nothing twice', async () => {
    const { world, operators, break_, writes, give, generation } = divided();
    break_(TEAMS[1]);
    expect(await world.until(() => generation(TEAMS[1]) === 2)).toBe(true);
    expect(world.phases()).toEqual(['InProgress']);
    const giving = give();
    await world.clock.advance(2000);
    await giving;
    const before = writes(1, TEAMS[1]).length;
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    await world.clock.advance(600_000);
    expect([world.phases(), generation(TEAMS[1])]).toEqual([['Succeeded'], 2]);
    // The first process gave nothing more to the namespace.
    expect(writes(1, TEAMS[1]).length).toBe(before);
    const intents = operators.map(({ audit }) => audit.filter(({ entry }) => entry === 'intent').length);
    expect(intents).toEqual([0, 1]);
  });

  it('a limit over all policies holds over both (I18)', async () => {
    const { world, break_, generation } = divided({ config: { maxActionsPerHour: 1 } });
    for (const team of TEAMS) break_(team);
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    await world.clock.advance(300_000);
    expect(new Set(TEAMS.map(generation))).toEqual(new Set([1, 2]));
  });

  it('the kill switch holds both, and one of them tells of it', async () => {
    const { world, break_, writes, generation } = divided();
    await world.clock.advance(5000);
    const pause = { namespace: OPERATORS, name: PAUSE_CONFIG_MAP };
    world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause });
    for (const team of TEAMS) break_(team);
    await world.clock.advance(300_000);
    expect(TEAMS.map(generation)).toEqual([1, 1]);
    const told = world.cluster.list(EVENTS, OPERATORS).filter(({ reason }) => reason === 'HealingPaused');
    expect(told).toHaveLength(1);
    const tellers = [0, 1].filter((process) => writes(process, OPERATORS).some(({ path }) => path.includes('/events')));
    expect(tellers).toEqual([shardOf(OPERATORS, 2)]);
  });
});

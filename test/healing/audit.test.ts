/** What the operator writes, by the log of the API server, beside what its audit trail says that it wrote. */
import { describe, expect, it } from 'vitest';
import { COMPONENT } from '../../src/api/names.ts';
import type { AuditEntry } from '../../src/operator/ports.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const OWN_KINDS = ['HealingPolicy', 'HealingAction', 'Event'];
const QUICK = { requireHealthCheck: true, healthCheckTimeout: '20s' };
const ACTIONS_TAKEN = [
  { name: 'more', type: 'scale', priority: 90, scaleAction: { direction: 'up', replicas: 1 } },
  { name: 'one-by-one', type: 'restart', priority: 70, restartAction: { strategy: 'graceful' } },
];

function looping(script: unknown, spec: Record<string, unknown>): TestCluster {
  const world = new TestCluster();
  world.cluster.create(DEPLOYMENTS, deployment('looping', script));
  world.cluster.create(POLICIES, policy({ safetyRules: QUICK, ...spec }));
  return world;
}

/**
 * The requests of the operator that changed an object which is not its own. One eviction is two commits of one instant:
 * the pod is told why, and then marked.
 */
const foreignWrites = (world: TestCluster): readonly string[] =>
  world.sandbox
    .commits()
    .filter(({ by, object }) => by?.agent.startsWith(COMPONENT) && !OWN_KINDS.includes(object.kind))
    .map(({ by, at }) => ({ path: by?.path ?? '', at }))
    .filter(({ path, at }, index, all) => path !== all[index - 1]?.path || at !== all[index - 1]?.at)
    .map(({ path }) => path);

const generation = (world: TestCluster) =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'looping' })?.metadata.generation;

describe('the audit trail', () => {
  it('has one intent and one outcome for each write on an object of somebody else, and no others (I31)', async () => {
    const world = looping(CRASHES, { actions: ACTIONS_TAKEN, triggers: cooldown('10s') });
    const { audit } = world.operator();
    expect(await world.until(() => audit.some(({ path }) => path.endsWith('/eviction')))).toBe(true);
    await world.clock.advance(5000);
    const written = foreignWrites(world);
    // Scaled up and down again, and a pod evicted.
    expect(written.length).toBeGreaterThanOrEqual(3);
    const paths = (kind: AuditEntry['entry']) =>
      audit.filter(({ entry, result }) => entry === kind && (result ?? '200') === '200').map(({ path }) => path);
    expect([paths('intent'), paths('outcome')]).toEqual([written, written]);
  });

  it('that cannot be written lets nothing happen; what was held back is done once it can (I30)', async () => {
    let full = true;
    const world = looping(CRASHES_UNTIL_RESTARTED, {});
    world.operator({
      auditing: ({ entry }) => {
        if (full && entry === 'intent') throw new Error('no space left');
      },
    });
    expect(await world.until(() => world.phases().includes('InProgress'))).toBe(true);
    await world.clock.advance(60_000);
    expect([foreignWrites(world), generation(world)]).toEqual([[], 1]);
    full = false;
    expect(await world.until(() => generation(world) === 2)).toBe(true);
  });

  const modes = [
    ['monitor', { mode: 'monitor' }],
    ['dryrun', { mode: 'dryrun' }],
  ] as const;
  it.each(modes)('in mode %s nothing is written but what is our own (I25)', async (_mode, spec) => {
    const world = looping(CRASHES, { ...spec, actions: ACTIONS_TAKEN });
    const { audit } = world.operator();
    expect(await world.until(() => world.status('crash-loops').activeTriggers?.length === 1)).toBe(true);
    await world.clock.advance(180_000);
    expect(world.status('crash-loops').activeTriggers).toEqual(['looping']);
    expect(foreignWrites(world)).toEqual([]);
    expect(audit.filter(({ path }) => !path.includes('dryRun=All'))).toEqual([]);
  });
});

function cooldown(cooldownPeriod: string) {
  const [trigger] = (policy()['spec'] as { readonly triggers: readonly object[] }).triggers;
  return [{ ...trigger, cooldownPeriod }];
}

/**
 * The attack: somebody deletes or changes what limits are computed from. An action is deleted, or its policy, or its
 * namespace, or the policy is deleted and made again, or the status of an action is changed: then the hourly limit, the
 * cool-down or the breaker would begin anew, and a workload would stay at 0 replicas.
 * The guards: an action that can act carries a finalizer (src/core/action/departure.ts), what limits need of it stands
 * in the ledger before it goes (src/core/ledger.ts), limits belong to the name of a policy, and an action whose status
 * others have changed counts as one that has acted (src/core/action/past-action.ts).
 */
import { describe, expect, it } from 'vitest';
import { FINALIZER, LEDGER_CONFIG_MAP, PAUSE_CONFIG_MAP } from '../../src/api/names.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { MINUTE } from '../kit/core-data.ts';
import { ACTIONS, CONFIG_MAPS, DEPLOYMENTS, NAMESPACES, POLICIES } from '../kit/resources.ts';
import {
  CRASHES,
  CRASHES_UNTIL_RESTARTED,
  deployment,
  type OperatorOptions,
  policy,
  TestCluster,
} from '../kit/test-cluster.ts';

const POLICY = { namespace: 'default', name: 'crash-loops' };
const LEDGER = { namespace: 'kubeskippy-system', name: LEDGER_CONFIG_MAP };
const LIMIT_OF_ONE = { safetyRules: { maxActionsPerHour: 1, requireHealthCheck: true } };

const blocked = (world: TestCluster, target: string): string | undefined =>
  world.status('crash-loops').blocked?.find((one) => one.target.name === target)?.reason;

/** An action on `web` has succeeded. */
async function healed(spec: Record<string, unknown> = LIMIT_OF_ONE, options: OperatorOptions = {}) {
  const world = new TestCluster();
  const operator = world.operator(options);
  world.cluster.create(DEPLOYMENTS, deployment('web', CRASHES_UNTIL_RESTARTED));
  world.cluster.create(POLICIES, policy(spec));
  expect(await world.until(() => world.phases()[0] === 'Succeeded')).toBe(true);
  return { world, operator };
}

const deleteActions = (world: TestCluster): void => {
  for (const { metadata } of world.actions())
    world.cluster.remove(ACTIONS, { namespace: metadata.namespace ?? '', name: metadata.name });
};
const sick = (world: TestCluster, name: string): KubeObject =>
  world.cluster.create(DEPLOYMENTS, deployment(name, CRASHES));

describe('an hourly limit of one that is used up', () => {
  it('stays used up when the action is deleted (I40)', async () => {
    const { world } = await healed();
    deleteActions(world);
    expect(await world.until(() => world.actions().length === 0, MINUTE)).toBe(true);
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'RateLimited', 5 * MINUTE)).toBe(true);
    expect(world.actions()).toEqual([]);
  });

  it.each<[string, object]>([
    ['is emptied', {}],
    ['counts no attempt', { phase: 'Succeeded', attempts: 0 }],
    ['has no more than its phase', { phase: 'Succeeded' }],
  ])('stays used up when the status of the action %s', async (_title, status) => {
    const { world } = await healed();
    for (const { metadata } of world.actions())
      world.cluster.modify(
        ACTIONS,
        { namespace: metadata.namespace ?? '', name: metadata.name },
        (draft) => ({ ...draft, status }),
        'status',
      );
    await world.clock.advance(MINUTE);
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'RateLimited', 5 * MINUTE)).toBe(true);
    expect(world.actions()).toHaveLength(1);
  });

  it('stays used up when the policy is deleted and made again (I40)', async () => {
    const { world } = await healed();
    world.cluster.remove(POLICIES, POLICY);
    await world.clock.advance(MINUTE);
    world.cluster.create(POLICIES, policy(LIMIT_OF_ONE));
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'RateLimited', 5 * MINUTE)).toBe(true);
  });

  it('stays used up when all of it is deleted and another process begins (I40)', async () => {
    const { world, operator } = await healed();
    world.cluster.remove(POLICIES, POLICY);
    deleteActions(world);
    expect(await world.until(() => world.actions().length === 0, MINUTE)).toBe(true);
    operator.kill();
    world.operator();
    world.cluster.create(POLICIES, policy(LIMIT_OF_ONE));
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'RateLimited', 5 * MINUTE)).toBe(true);
  });
});

describe('other limits', () => {
  const COOLDOWN = {
    triggers: [
      {
        name: 'looping',
        type: 'condition',
        conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
        cooldownPeriod: '30m',
      },
    ],
    safetyRules: { requireHealthCheck: false, maxUnhealthy: '100%' },
  };

  /** The workload crashes again. */
  const breakAgain = (world: TestCluster) =>
    world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'web' }, (draft) => ({
      ...draft,
      spec: (deployment('web', CRASHES) as { readonly spec?: unknown }).spec,
    }));

  it.each(['the action', 'the policy'])('a cool-down goes on when %s is deleted (I40)', async (what) => {
    const { world } = await healed(COOLDOWN);
    if (what === 'the policy') world.cluster.remove(POLICIES, POLICY);
    deleteActions(world);
    await world.clock.advance(MINUTE);
    if (what === 'the policy') world.cluster.create(POLICIES, policy(COOLDOWN));
    breakAgain(world);
    expect(await world.until(() => blocked(world, 'web') === 'CoolingDown', 5 * MINUTE)).toBe(true);
  });

  it('the limit of the whole operator holds for another policy (I40)', async () => {
    const { world } = await healed({}, { config: { maxActionsPerHour: 1 } });
    world.cluster.remove(POLICIES, POLICY);
    deleteActions(world);
    await world.clock.advance(MINUTE);
    world.cluster.create(POLICIES, policy());
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'RateLimited', 5 * MINUTE)).toBe(true);
  });

  it('the breaker stays open when the failures are deleted (I40)', async () => {
    const world = new TestCluster();
    world.operator();
    const rules = {
      safetyRules: { requireHealthCheck: true, healthCheckTimeout: '20s', maxConcurrent: 5, maxUnhealthy: '100%' },
    };
    for (let i = 0; i < 5; i++) sick(world, `web-${i}`);
    world.cluster.create(POLICIES, policy(rules));
    expect(
      await world.until(() => world.phases().filter((phase) => phase === 'Failed').length === 5, 20 * MINUTE),
    ).toBe(true);
    deleteActions(world);
    sick(world, 'api');
    expect(await world.until(() => blocked(world, 'api') === 'CircuitOpen', 3 * MINUTE)).toBe(true);
  });
});

describe('a restart by recreation that stands at 0 replicas', () => {
  const RECREATE = {
    triggers: [
      { name: 'down', type: 'condition', conditionTrigger: { type: 'Available', status: 'False', duration: '20s' } },
    ],
    actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'recreate' } }],
  };
  /** The first pod is never ready, and takes ten seconds to go. */
  const SLOW_TO_GO = [{ when: { pod: 1 }, ready: { failsAfter: '0s' }, stop: { takes: '10s' } }, {}];
  const replicas = (world: TestCluster): unknown => {
    const spec = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: 'web' })?.['spec'];
    return (spec as { readonly replicas?: number }).replicas;
  };

  async function midway() {
    const world = new TestCluster();
    const operator = world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('web', SLOW_TO_GO));
    world.cluster.create(POLICIES, policy(RECREATE));
    expect(await world.until(() => replicas(world) === 0)).toBe(true);
    return { world, operator };
  }

  it.each<[string, (world: TestCluster) => void]>([
    ['its policy', (world) => world.cluster.remove(POLICIES, POLICY)],
    ['the action', deleteActions],
    ['both', (world) => [world.cluster.remove(POLICIES, POLICY), deleteActions(world)]],
  ])('gets its replicas back when %s is deleted (I40)', async (_what, remove) => {
    const { world } = await midway();
    remove(world);
    expect(await world.until(() => replicas(world) === 1, 5 * MINUTE)).toBe(true);
  });

  it('gets them back from another process', async () => {
    const { world, operator } = await midway();
    operator.kill();
    world.cluster.remove(POLICIES, POLICY);
    deleteActions(world);
    world.operator();
    expect(await world.until(() => replicas(world) === 1, 5 * MINUTE)).toBe(true);
    expect(await world.until(() => world.actions().length === 0, 5 * MINUTE)).toBe(true);
  });

  it('is left there after ten minutes in which nothing may be done', async () => {
    const { world } = await midway();
    const pause = { namespace: 'kubeskippy-system', name: PAUSE_CONFIG_MAP };
    world.cluster.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata: pause, data: {} });
    deleteActions(world);
    await world.clock.advance(9 * MINUTE);
    expect([world.actions().length, replicas(world)]).toEqual([1, 0]);
    expect(await world.until(() => world.actions().length === 0, 2 * MINUTE)).toBe(true);
  });
});

describe('a deletion does not hang', () => {
  const SHOP = 'shop';
  const inShop = (object: KubeObject): KubeObject => ({ ...object, metadata: { ...object.metadata, namespace: SHOP } });

  it.each<[string, Record<string, unknown>, (world: TestCluster) => boolean]>([
    ['that waits for approval', { mode: 'manual' }, (world) => world.actionStatus().reason === 'AwaitingApproval'],
    ['in verification', {}, (world) => world.actionStatus().reason === 'Verifying'],
    ['that is a dry run', { mode: 'dryrun' }, (world) => world.phases()[0] === 'Succeeded'],
  ])('of a namespace with an action %s (I40)', async (_what, spec, reached) => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(NAMESPACES, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SHOP } });
    world.cluster.create(DEPLOYMENTS, inShop(deployment('web', CRASHES)));
    world.cluster.create(POLICIES, inShop(policy(spec)));
    expect(await world.until(() => reached(world))).toBe(true);
    world.cluster.remove(NAMESPACES, { name: SHOP });
    expect(await world.until(() => world.cluster.get(NAMESPACES, { name: SHOP }) === undefined, 2 * MINUTE)).toBe(true);
  });

  it('of an action while the operator is away, once the documented command has been given', async () => {
    const { world, operator } = await healed();
    operator.kill();
    deleteActions(world);
    await world.clock.advance(MINUTE);
    const [action] = world.actions();
    expect(action?.metadata.finalizers).toEqual([FINALIZER]);
    const { namespace = '', name = '' } = action?.metadata ?? {};
    world.cluster.modify(ACTIONS, { namespace, name }, ({ metadata: { finalizers: _none, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
    }));
    expect(world.actions()).toEqual([]);
  });
});

describe('the ledger', () => {
  const text = (world: TestCluster): string =>
    (world.cluster.get(CONFIG_MAPS, LEDGER)?.['data'] as { readonly entries?: string } | undefined)?.entries ?? '';

  it('is written once for several that go at the same time', async () => {
    const world = new TestCluster();
    const operator = world.operator({ config: { maxConcurrent: 20 } });
    for (let i = 0; i < 5; i++) world.cluster.create(DEPLOYMENTS, deployment(`web-${i}`, CRASHES_UNTIL_RESTARTED));
    world.cluster.create(
      POLICIES,
      policy({ safetyRules: { maxConcurrent: 5, maxUnhealthy: '100%', requireHealthCheck: true } }),
    );
    expect(await world.until(() => world.phases().filter((phase) => phase === 'Succeeded').length === 5)).toBe(true);
    const before = operator.sent.length;
    deleteActions(world);
    expect(await world.until(() => world.actions().length === 0, MINUTE)).toBe(true);
    expect(JSON.parse(text(world))).toHaveLength(5);
    const wrote = operator.sent.slice(before).filter(({ path, write }) => path.includes('configmaps') && write > 0);
    expect(wrote.length).toBeLessThan(5);
  });

  it('has an action whose finalizer somebody took away', async () => {
    const { world } = await healed();
    const { namespace = '', name = '' } = world.actions()[0]?.metadata ?? {};
    world.cluster.modify(ACTIONS, { namespace, name }, ({ metadata: { finalizers: _none, ...metadata }, ...rest }) => ({
      ...rest,
      metadata,
    }));
    deleteActions(world);
    await world.clock.advance(1000);
    expect(text(world)).toContain(name);
  });

  it('is written again when somebody deletes it', async () => {
    const { world } = await healed();
    deleteActions(world);
    expect(await world.until(() => text(world) !== '', MINUTE)).toBe(true);
    const before = text(world);
    world.cluster.remove(CONFIG_MAPS, LEDGER);
    await world.clock.advance(1000);
    expect(text(world)).toBe(before);
  });

  it('is not believed when somebody else has written it', async () => {
    const { world, operator } = await healed();
    deleteActions(world);
    expect(await world.until(() => text(world) !== '', MINUTE)).toBe(true);
    operator.kill();
    const forged = text(world).replaceAll('"policyUid":"', '"policyUid":"x');
    world.cluster.modify(CONFIG_MAPS, LEDGER, (draft) => ({
      ...draft,
      data: { ...(draft['data'] as object), entries: forged },
    }));
    const { logs } = world.operator();
    await world.clock.advance(1000);
    expect(logs.join('\n')).toContain('the ledger of deleted actions is not as the operator wrote it');
  });
});

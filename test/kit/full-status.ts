/** More targets and triggers than the status of one policy has room for, with names as long as real ones. */
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { UNOBSERVED } from '../../src/operator/voice.ts';
import type { PolicyStatus } from '../../src/api/policy-status.ts';
import type { ActionSpec } from '../../src/api/healing-action.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEPLOYMENTS, POLICIES } from './resources.ts';
import type { Script } from './faulty-transport.ts';
import { deployment, policy, TestCluster } from './test-cluster.ts';

/** A policy has as many at most. */
const TRIGGERS = 16;
const types = Array.from({ length: TRIGGERS }, (_, n) => `example.com/ConditionOfTheService${n}`);

const ill = (why: string) => ({
  observedGeneration: 100,
  replicas: 1,
  updatedReplicas: 1,
  conditions: types.map((type) => ({ type, status: 'False', reason: 'CheckFailed', message: why })),
});

const trigger = (type: string, n: number) => ({
  name: `condition-of-the-service-${n}-does-not-hold`,
  type: 'condition',
  cooldownPeriod: '1m',
  conditionTrigger: { type, status: 'False', duration: '0s' },
});

/** It is done when somebody took the message, and heals nothing. */
const TELL = { name: 'tell', type: 'notify', notifyAction: { message: 'Please look' } };

export const nameOf = (n: number): string => `payments-reconciliation-worker-of-tenant-${String(n).padStart(5, '0')}`;

/** One more target, of which all triggers fire. */
export function fallIll(world: TestCluster, n: number): void {
  const created = world.cluster.create(DEPLOYMENTS, deployment(nameOf(n)));
  world.cluster.update(DEPLOYMENTS, { ...created, status: ill('the check of the last minute failed') }, 'status');
}

/** All of them fire all triggers at once, before an operator runs. */
export function fullStatusCluster(count: number): TestCluster {
  const world = new TestCluster(0, 'off');
  for (let n = 0; n < count; n++) fallIll(world, n);
  const safetyRules = {
    maxUnhealthy: '100%',
    maxActionsPerHour: 1000,
    maxConcurrent: 100,
    requireHealthCheck: false,
    healthCheckTimeout: '10s',
  };
  world.cluster.create(POLICIES, policy({ triggers: types.map(trigger), actions: [TELL], safetyRules }));
  return world;
}

/** A change of one target, as a controller that writes its status again. */
export function touch(world: TestCluster, n: number, why: string): void {
  const found = world.cluster.get(DEPLOYMENTS, { namespace: 'default', name: nameOf(n) });
  if (found !== undefined) world.cluster.update(DEPLOYMENTS, { ...found, status: ill(why) }, 'status');
}

/** The operator that heals as many as it can, and how many statuses were refused. */
export function eagerOperator(world: TestCluster, faults: readonly Script[] = []) {
  const refused = { count: 0 };
  const operator = world.operator({
    faults,
    config: {
      maxActionsPerHour: 100_000,
      maxConcurrent: 1000,
      namespaceLimits: { policies: 100, sharePercent: 100, unfinishedActions: 1000, notificationsPerHour: 150 },
      commonCause: { minWorkloads: 100_000, sharePercent: 100 },
    },
    actions: {
      settings: { ...DEFAULT_ACTION_SETTINGS, channels: ['ops'] },
      endpoints: { send: async () => ({ kind: 'answered', status: 200 }) as const },
      observer: { ...UNOBSERVED, statusRefused: () => void refused.count++ },
    },
  });
  return { operator, refused };
}

/** The names of targets for which an action was made. */
export const served = (world: TestCluster): ReadonlySet<string> =>
  new Set(world.actions().map((action) => (action as KubeObject & { spec: ActionSpec }).spec.targetResource.name));

/** How many targets have neither an action nor a reason why not, by the status of the policy. */
export function unexplained(world: TestCluster, count: number): number {
  const { blocked = [], blockedOmitted = 0 } = world.status('crash-loops');
  const known = served(world);
  const named = blocked.filter(({ target }) => !known.has(target.name)).length;
  return Math.max(0, count - known.size - named - blockedOmitted);
}

export const bytesOf = (status: PolicyStatus): number => Buffer.byteLength(JSON.stringify(status));

/**
 * Deployments that say of themselves that they are ill, and stay so, on an API server on which nothing runs: hours of
 * it take a second. What is done to them leaves a mark, and heals nothing.
 */
import { DEPLOYMENTS, POLICIES } from './resources.ts';
import { deployment, policy, TestCluster } from './test-cluster.ts';

/** Rolled out, whatever becomes of its template, and not available. */
const UNAVAILABLE = {
  observedGeneration: 100,
  replicas: 1,
  updatedReplicas: 1,
  conditions: [{ type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable' }],
};
export const ILL = {
  name: 'ill',
  type: 'condition',
  cooldownPeriod: '1m',
  conditionTrigger: { type: 'Available', status: 'False', duration: '0s' },
};
/** Leaves a mark and heals nothing. */
export const mark = (name: string, priority: number) => ({
  name,
  type: 'patch',
  priority,
  patchAction: { type: 'merge', patch: `{"metadata":{"annotations":{"example.com/${name}":"seen"}}}` },
});
export const QUICK = {
  maxUnhealthy: '100%',
  maxConcurrent: 10,
  requireHealthCheck: false,
  undoOnFailure: false,
  healthCheckTimeout: '10s',
};

/** Deployments that say of themselves that they are ill, and stay so: nothing runs on this API server. */
export function illCluster(count: number, spec: Record<string, unknown> = {}): TestCluster {
  const world = new TestCluster(0, 'off');
  for (let n = 0; n < count; n++) {
    const created = world.cluster.create(DEPLOYMENTS, deployment(`web-${n}`));
    world.cluster.update(DEPLOYMENTS, { ...created, status: UNAVAILABLE }, 'status');
  }
  world.cluster.create(
    POLICIES,
    policy({ triggers: [ILL], actions: [mark('marked', 50)], safetyRules: QUICK, ...spec }),
  );
  return world;
}
export const atMost = (maxActionsPerHour: number) => ({ safetyRules: { ...QUICK, maxActionsPerHour } });

/** By the API server's own log: how often the operator has changed a Deployment. */
export const effects = (world: TestCluster): number =>
  world.sandbox.commits().filter(({ by, object }) => by?.agent.startsWith('kubeskippy') && object.kind === 'Deployment')
    .length;

/** What each file of `examples/actions` needs beside itself, and what must have become of its object. */
import type { MutableObject } from '../../src/sandbox/cluster.ts';
import { DEPLOYMENTS, PODS, type TestCluster } from './test-cluster.ts';

export interface Scene {
  /** What the operator has beside its defaults: configuration, an endpoint that answers, a plugin. */
  readonly operator?: Parameters<TestCluster['operator']>[0];
  /** What happens when everything in the file has come to rest. */
  readonly afterwards?: (world: TestCluster) => void;
  readonly state: (world: TestCluster) => unknown;
  readonly healed: unknown;
}

const JOBS = { group: 'batch', version: 'v1', resource: 'jobs' };
const REPLICA_SETS = { group: 'apps', version: 'v1', resource: 'replicasets' };
const STATEFUL_SETS = { group: 'apps', version: 'v1', resource: 'statefulsets' };

const deploymentOf = (world: TestCluster, name: string): MutableObject | undefined =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name });
const containerOf = (world: TestCluster, name: string): MutableObject => deploymentOf(world, name)?.['spec'].template.spec.containers[0];
const readyOf = (world: TestCluster, name: string): unknown => deploymentOf(world, name)?.['status']?.readyReplicas;
const podsOf = (world: TestCluster, name: string) =>
  (world.cluster.list(PODS, 'default') as readonly MutableObject[]).filter(({ metadata }) => metadata.name.startsWith(`${name}-`));

/** Pods of a Deployment that were made after it had run for a while, and its revisions. */
const remade = (world: TestCluster, name: string) => {
  const at = (object: MutableObject | undefined): number => Date.parse(object?.metadata.creationTimestamp ?? '');
  const revisions = (world.cluster.list(REPLICA_SETS, 'default') as readonly MutableObject[]).filter(({ metadata }) =>
    metadata.name.startsWith(`${name}-`),
  );
  return {
    ready: readyOf(world, name),
    fresh: podsOf(world, name).filter((pod) => at(pod) - at(deploymentOf(world, name)) > 20_000).length,
    revisions: revisions.length,
  };
};

export const SCENES: Readonly<Record<string, Scene>> = {
  restart: {
    state: (world) => ({
      ready: readyOf(world, 'restart'),
      restarted: typeof deploymentOf(world, 'restart')?.['spec'].template.metadata.annotations['kubectl.kubernetes.io/restartedAt'],
    }),
    healed: { ready: 2, restarted: 'string' },
  },
  'restart-recreate': {
    state: (world) => ({
      ...remade(world, 'restart-recreate'),
      replicas: deploymentOf(world, 'restart-recreate')?.['spec'].replicas as unknown,
    }),
    healed: { ready: 2, fresh: 2, revisions: 1, replicas: 2 },
  },
  'restart-graceful': {
    state: (world) => remade(world, 'restart-graceful'),
    healed: { ready: 3, fresh: 3, revisions: 1 },
  },
  scale: {
    state: (world) => ({ ready: readyOf(world, 'scale'), replicas: deploymentOf(world, 'scale')?.['spec'].replicas as unknown }),
    healed: { ready: 2, replicas: 2 },
  },
  patch: {
    state: (world) => ({
      ready: readyOf(world, 'patch'),
      delay: containerOf(world, 'patch')['livenessProbe'].initialDelaySeconds as unknown,
    }),
    healed: { ready: 1, delay: 30 },
  },
  delete: {
    state: (world) => [world.cluster.get(JOBS, { namespace: 'default', name: 'delete' }), podsOf(world, 'delete')],
    healed: [undefined, []],
  },
  rollback: {
    afterwards: (world) =>
      void world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name: 'rollback' }, (draft) => {
        draft['spec'].template.spec.containers[0].image = 'registry.example/shop/search:2.0.0-typo';
        return draft;
      }),
    state: (world) => ({ ready: readyOf(world, 'rollback'), image: containerOf(world, 'rollback')['image'] as unknown }),
    healed: { ready: 2, image: 'registry.example/shop/search:1.9.0' },
  },
  resize: {
    state: (world) => {
      const owner: MutableObject | undefined = world.cluster.get(STATEFUL_SETS, { namespace: 'default', name: 'resize' });
      const limitOf = (spec: MutableObject | undefined): unknown => spec?.['containers'][0].resources.limits.memory;
      return { pods: podsOf(world, 'resize').map((pod) => limitOf(pod['spec'])), owner: limitOf(owner?.['spec'].template.spec) };
    },
    healed: { pods: ['128Mi'], owner: '64Mi' },
  },
};

/** What each file of `examples/actions` needs beside itself, and what must have become of its object. */
import { join } from 'node:path';
import type { OptIn } from '../../src/api/rbac.ts';
import { loadPlugins } from '../../src/cli/load-plugins.ts';
import { DEFAULT_ACTION_SETTINGS } from '../../src/core/actions/action-kind.ts';
import { actionRegistry } from '../../src/core/actions/index.ts';
import type { EndpointCall } from '../../src/operator/ports.ts';
import { type MutableObject, SCRIPT_ANNOTATION } from '../../src/sandbox/index.ts';
import { type OutsideOptions, type TestCluster } from './test-cluster.ts';
import { DEPLOYMENTS, JOBS, NODES, PODS, REPLICA_SETS, STATEFUL_SETS } from './resources.ts';

export interface Scene {
  /** What `kubeskippy install --allow` must be given for it; nothing else is given. Left out: nothing. */
  readonly allow?: readonly OptIn[];
  /** What the operator has beside its defaults: an endpoint that answers, a plugin. */
  readonly actions?: (world: TestCluster) => Promise<OutsideOptions> | OutsideOptions;
  /** What happens when everything in the file has come to rest. */
  readonly afterwards?: (world: TestCluster) => void;
  /** What nothing in the cluster does by itself: the program in a Job. Before the operator starts. */
  readonly elsewhere?: (world: TestCluster) => void;
  /** Reason of the status in which the action ends. `Verified` when it is left out. */
  readonly reason?: string;
  readonly state: (world: TestCluster) => unknown;
  readonly healed: unknown;
}

export const MIRROR = join(import.meta.dirname, '../../examples/plugins/image-mirror/index.js');

const deploymentOf = (world: TestCluster, name: string): MutableObject | undefined =>
  world.cluster.get(DEPLOYMENTS, { namespace: 'default', name });
const containerOf = (world: TestCluster, name: string): MutableObject =>
  deploymentOf(world, name)?.['spec'].template.spec.containers[0];
const readyOf = (world: TestCluster, name: string): unknown => deploymentOf(world, name)?.['status']?.readyReplicas;
const podsOf = (world: TestCluster, name: string) =>
  (world.cluster.list(PODS, 'default') as readonly MutableObject[]).filter(({ metadata }) =>
    metadata.name.startsWith(`${name}-`),
  );

const cordoned = (world: TestCluster): readonly string[] =>
  (world.cluster.list(NODES) as readonly MutableObject[]).flatMap((node) =>
    node['spec'].unschedulable === true ? [node.metadata.name] : [],
  );
/** How many pods are there to stay, by node. */
function spread(world: TestCluster, name: string): Readonly<Record<string, number>> {
  const count: Record<string, number> = {};
  for (const pod of podsOf(world, name)) {
    const node = String(pod['spec'].nodeName);
    if (pod.metadata.deletionTimestamp === undefined) count[node] = (count[node] ?? 0) + 1;
  }
  return count;
}

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

/** What somebody outside does for a Deployment: a new release of it, whose pods are well. */
const mend = (world: TestCluster, name: string): void =>
  void world.cluster.modify(DEPLOYMENTS, { namespace: 'default', name }, (draft) => {
    delete draft['spec'].template.metadata.annotations[SCRIPT_ANNOTATION];
    return draft;
  });

/** Whoever is called mends the Deployment that the call names, a second later. */
function receiver(world: TestCluster): OutsideOptions {
  const send = async ({ body }: EndpointCall) => {
    const { target } = JSON.parse(body) as { readonly target: { readonly name: string } };
    void world.clock.until(world.clock.now() + 1000).then(() => mend(world, target.name));
    return { kind: 'answered', status: 202 } as const;
  };
  const settings = { ...DEFAULT_ACTION_SETTINGS, endpoints: ['runbooks'], channels: ['on-call', 'shop-chat'] };
  return { registry: actionRegistry(), settings, endpoints: { send } };
}

const completed = (job: MutableObject): boolean =>
  ((job['status']?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[]).some(
    ({ type, status }) => type === 'Complete' && status === 'True',
  );

export const SCENES: Readonly<Record<string, Scene>> = {
  restart: {
    state: (world) => ({
      ready: readyOf(world, 'restart'),
      restarted: typeof deploymentOf(world, 'restart')?.['spec'].template.metadata.annotations[
        'kubectl.kubernetes.io/restartedAt'
      ],
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
    // The embedded source asks metrics.k8s.io for pods and nodes together.
    allow: ['nodes'],
    state: (world) => remade(world, 'restart-graceful'),
    healed: { ready: 3, fresh: 3, revisions: 1 },
  },
  scale: {
    state: (world) => ({
      ready: readyOf(world, 'scale'),
      replicas: deploymentOf(world, 'scale')?.['spec'].replicas as unknown,
    }),
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
    state: (world) => ({
      ready: readyOf(world, 'rollback'),
      image: containerOf(world, 'rollback')['image'] as unknown,
    }),
    healed: { ready: 2, image: 'registry.example/shop/search:1.9.0' },
  },
  resize: {
    state: (world) => {
      const owner: MutableObject | undefined = world.cluster.get(STATEFUL_SETS, {
        namespace: 'default',
        name: 'resize',
      });
      const limitOf = (spec: MutableObject | undefined): unknown => spec?.['containers'][0].resources.limits.memory;
      return {
        pods: podsOf(world, 'resize').map((pod) => limitOf(pod['spec'])),
        owner: limitOf(owner?.['spec'].template.spec),
      };
    },
    healed: { pods: ['128Mi'], owner: '64Mi' },
  },
  cordon: {
    allow: ['nodes'],
    afterwards: (world) => {
      const report = (draft: MutableObject): MutableObject => {
        draft['status'].conditions.push({
          type: 'KernelDeadlock',
          status: 'True',
          reason: 'DockerHung',
          message: 'task docker:20744 blocked',
        });
        return draft;
      };
      world.cluster.modify(NODES, { name: 'node-1' }, report, 'status');
    },
    state: (world) => ({ cordoned: cordoned(world), pods: spread(world, 'cordon') }),
    healed: { cordoned: ['node-1'], pods: { 'node-1': 2, 'node-2': 2 } },
  },
  drain: {
    allow: ['nodes'],
    afterwards: (world) =>
      void world.cluster.modify(NODES, { name: 'node-1' }, (draft) => {
        draft.metadata.annotations = { ...draft.metadata.annotations, 'sandbox.kubeskippy.io/kubelet': 'stopped' };
        return draft;
      }),
    state: (world) => ({
      cordoned: cordoned(world),
      pods: spread(world, 'drain-agent'),
      ready: readyOf(world, 'drain'),
    }),
    healed: { cordoned: ['node-1'], pods: { 'node-1': 1, 'node-2': 1 }, ready: 4 },
  },
  job: {
    allow: ['jobs'],
    elsewhere: (world) =>
      void world.cluster.subscribe(JOBS, ({ object, old }) => {
        if (completed(object) && (old === undefined || !completed(old))) mend(world, 'job');
      }),
    state: (world) => ({
      ready: readyOf(world, 'job'),
      jobs: (world.cluster.list(JOBS, 'default') as readonly MutableObject[]).map(
        (job) =>
          job['spec'].template.spec.containers[0].env.find(({ name }: { name: string }) => name === 'INDEX')
            .value as unknown,
      ),
    }),
    healed: { ready: 1, jobs: ['products'] },
  },
  webhook: { actions: receiver, state: (world) => readyOf(world, 'webhook'), healed: 2 },
  notify: { actions: receiver, reason: 'Delivered', state: (world) => readyOf(world, 'notify'), healed: 1 },
  custom: {
    actions: async () => ({
      registry: actionRegistry({ disabled: [], plugins: await loadPlugins([MIRROR]) }),
      settings: DEFAULT_ACTION_SETTINGS,
    }),
    state: (world) => ({ ready: readyOf(world, 'custom'), image: containerOf(world, 'custom')['image'] as unknown }),
    healed: { ready: 2, image: 'mirror.example/shop/basket:3.3.1' },
  },
};

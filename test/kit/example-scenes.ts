/**
 * What each file of `examples/actions` needs beside itself, and what must have become of its object: on a stage, which
 * is a cluster in this process or one over the network.
 */
import { join } from 'node:path';
import type { OptIn } from '../../src/api/rbac.ts';
import { type Gvr, type Key, type MutableObject, SCRIPT_ANNOTATION } from '../../src/sandbox/index.ts';
import { DEPLOYMENTS, JOBS, NODES, PODS, REPLICA_SETS, STATEFUL_SETS } from './resources.ts';

/** A cluster as its administrator sees and changes it. */
export interface Stage {
  /** Of the example's objects. */
  readonly namespace: string;
  /** The node that fails in an example about nodes. */
  readonly node: string;
  readonly get: (gvr: Gvr, key: Key) => MutableObject | undefined;
  /** Of the namespace. */
  readonly list: (gvr: Gvr) => readonly MutableObject[];
  readonly modify: (
    gvr: Gvr,
    key: Key,
    change: (draft: MutableObject) => MutableObject,
    subresource?: 'status',
  ) => void | Promise<void>;
}

export interface Scene {
  /** What `kubeskippy install --allow` must be given for it; nothing else is given. Left out: nothing. */
  readonly allow?: readonly OptIn[];
  /**
   * What the operator has beside its defaults: the endpoint `runbooks` and the channels `on-call` and `shop-chat`,
   * whose receiver mends the Deployment that a call names, or the plugin of `examples/plugins`.
   */
  readonly needs?: 'receiver' | 'plugin';
  /** What happens when everything in the file has come to rest. */
  readonly afterwards?: (stage: Stage) => void | Promise<void>;
  /** Of a Job, whose program nothing runs here: once this holds, the Deployment of the example is mended. */
  readonly mendedWhen?: (stage: Stage) => boolean;
  /** Reason of the status in which the action ends. `Verified` when it is left out. */
  readonly reason?: string;
  readonly state: (stage: Stage) => unknown;
  readonly healed: unknown;
}

export const MIRROR = join(import.meta.dirname, '../../examples/plugins/image-mirror/index.js');

const deploymentOf = ({ get, namespace }: Stage, name: string): MutableObject | undefined =>
  get(DEPLOYMENTS, { namespace, name });
const containerOf = (stage: Stage, name: string): MutableObject =>
  deploymentOf(stage, name)?.['spec'].template.spec.containers[0];
const readyOf = (stage: Stage, name: string): unknown => deploymentOf(stage, name)?.['status']?.readyReplicas;
const podsOf = ({ list }: Stage, name: string): readonly MutableObject[] =>
  list(PODS).filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
const podsOn = (stage: Stage, name: string): number =>
  podsOf(stage, name).filter(
    ({ spec, metadata }) => spec.nodeName === stage.node && metadata.deletionTimestamp === undefined,
  ).length;

const isCordoned = ({ get, node }: Stage): boolean => get(NODES, { name: node })?.['spec'].unschedulable === true;

/** Pods of a Deployment that were made after it had run for a while, and its revisions. */
function remade(stage: Stage, name: string) {
  const at = (object: MutableObject | undefined): number => Date.parse(object?.metadata.creationTimestamp ?? '');
  const revisions = stage.list(REPLICA_SETS).filter(({ metadata }) => metadata.name.startsWith(`${name}-`));
  return {
    ready: readyOf(stage, name),
    fresh: podsOf(stage, name).filter((pod) => at(pod) - at(deploymentOf(stage, name)) > 20_000).length,
    revisions: revisions.length,
  };
}

/** What somebody outside does for a Deployment: a new release of it, whose pods are well. */
export const mend = ({ modify, namespace }: Pick<Stage, 'modify' | 'namespace'>, name: string): void | Promise<void> =>
  modify(DEPLOYMENTS, { namespace, name }, (draft) => {
    delete draft['spec'].template.metadata.annotations[SCRIPT_ANNOTATION];
    return draft;
  });

const completed = (job: MutableObject): boolean =>
  ((job['status']?.conditions ?? []) as readonly { readonly type: string; readonly status: string }[]).some(
    ({ type, status }) => type === 'Complete' && status === 'True',
  );

export const SCENES: Readonly<Record<string, Scene>> = {
  restart: {
    state: (stage) => ({
      ready: readyOf(stage, 'restart'),
      restarted: typeof deploymentOf(stage, 'restart')?.['spec'].template.metadata.annotations[
        'kubectl.kubernetes.io/restartedAt'
      ],
    }),
    healed: { ready: 2, restarted: 'string' },
  },
  'restart-recreate': {
    state: (stage) => ({
      ...remade(stage, 'restart-recreate'),
      replicas: deploymentOf(stage, 'restart-recreate')?.['spec'].replicas as unknown,
    }),
    healed: { ready: 2, fresh: 2, revisions: 1, replicas: 2 },
  },
  'restart-graceful': {
    // The embedded source asks metrics.k8s.io for pods and nodes together.
    allow: ['nodes'],
    state: (stage) => remade(stage, 'restart-graceful'),
    healed: { ready: 3, fresh: 3, revisions: 1 },
  },
  scale: {
    state: (stage) => ({
      ready: readyOf(stage, 'scale'),
      replicas: deploymentOf(stage, 'scale')?.['spec'].replicas as unknown,
    }),
    healed: { ready: 2, replicas: 2 },
  },
  patch: {
    state: (stage) => ({
      ready: readyOf(stage, 'patch'),
      delay: containerOf(stage, 'patch')['livenessProbe'].initialDelaySeconds as unknown,
    }),
    healed: { ready: 1, delay: 30 },
  },
  delete: {
    state: (stage) => [stage.get(JOBS, { namespace: stage.namespace, name: 'delete' }), podsOf(stage, 'delete')],
    healed: [undefined, []],
  },
  rollback: {
    afterwards: ({ modify, namespace }) =>
      modify(DEPLOYMENTS, { namespace, name: 'rollback' }, (draft) => {
        draft['spec'].template.spec.containers[0].image = 'registry.example/shop/search:2.0.0-typo';
        return draft;
      }),
    state: (stage) => ({
      ready: readyOf(stage, 'rollback'),
      image: containerOf(stage, 'rollback')['image'] as unknown,
    }),
    healed: { ready: 2, image: 'registry.example/shop/search:1.9.0' },
  },
  resize: {
    state: (stage) => {
      const owner = stage.get(STATEFUL_SETS, { namespace: stage.namespace, name: 'resize' });
      const limitOf = (spec: MutableObject | undefined): unknown => spec?.['containers'][0].resources.limits.memory;
      return {
        pods: podsOf(stage, 'resize').map((pod) => limitOf(pod['spec'])),
        owner: limitOf(owner?.['spec'].template.spec),
      };
    },
    healed: { pods: ['128Mi'], owner: '64Mi' },
  },
  cordon: {
    allow: ['nodes'],
    afterwards: ({ modify, node }) => {
      const report = (draft: MutableObject): MutableObject => {
        draft['status'].conditions.push({
          type: 'KernelDeadlock',
          status: 'True',
          reason: 'DockerHung',
          message: 'task docker:20744 blocked',
        });
        return draft;
      };
      return modify(NODES, { name: node }, report, 'status');
    },
    state: (stage) => {
      const { fresh, ready } = remade(stage, 'cordon');
      return { cordoned: isCordoned(stage), stay: podsOn(stage, 'cordon') > 0, fresh, ready };
    },
    healed: { cordoned: true, stay: true, fresh: 0, ready: 4 },
  },
  drain: {
    allow: ['nodes'],
    afterwards: ({ modify, node }) =>
      modify(NODES, { name: node }, (draft) => {
        draft.metadata.annotations = { ...draft.metadata.annotations, 'sandbox.kubeskippy.io/kubelet': 'stopped' };
        return draft;
      }),
    state: (stage) => ({
      cordoned: isCordoned(stage),
      left: podsOn(stage, 'drain') - podsOn(stage, 'drain-agent'),
      agent: podsOn(stage, 'drain-agent'),
      ready: readyOf(stage, 'drain'),
    }),
    healed: { cordoned: true, left: 0, agent: 1, ready: 4 },
  },
  job: {
    allow: ['jobs'],
    mendedWhen: ({ list }) => list(JOBS).some(completed),
    state: (stage) => ({
      ready: readyOf(stage, 'job'),
      jobs: stage
        .list(JOBS)
        .map(
          (job) =>
            job['spec'].template.spec.containers[0].env.find(({ name }: { name: string }) => name === 'INDEX')
              .value as unknown,
        ),
    }),
    healed: { ready: 1, jobs: ['products'] },
  },
  webhook: { needs: 'receiver', state: (stage) => readyOf(stage, 'webhook'), healed: 2 },
  notify: { needs: 'receiver', reason: 'Delivered', state: (stage) => readyOf(stage, 'notify'), healed: 1 },
  custom: {
    needs: 'plugin',
    state: (stage) => ({ ready: readyOf(stage, 'custom'), image: containerOf(stage, 'custom')['image'] as unknown }),
    healed: { ready: 2, image: 'mirror.example/shop/basket:3.3.1' },
  },
};

/** What is done elsewhere: in a Job, by whoever is called, by a plugin's executor. */
import type { KubeObject } from '../../../src/shapes/kube.ts';
import { loadPlugins } from '../../../src/cli/load-plugins.ts';
import { actionRegistry } from '../../../src/core/actions/index.ts';
import type { TestCluster } from '../../kit/test-cluster.ts';
import { MIRROR } from '../../kit/example-scenes.ts';
import type { Resource, Row } from '../row.ts';
import { changed, firstContainer, nodeRow, podRow, type Target, WORKLOADS, workloadRow } from '../targets.ts';

const JOBS: Resource = { group: 'batch', version: 'v1', resource: 'jobs' };
const CRON_JOBS: Resource = { group: 'batch', version: 'v1', resource: 'cronjobs' };
/** In the namespace of the policy, which for a node is the operator's. */
const repair = (namespace: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: { name: 'repair', namespace },
  spec: {
    schedule: '0 0 1 1 *',
    suspend: true,
    jobTemplate: {
      spec: {
        template: {
          metadata: {
            annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify({ exit: { after: '20s', code: 0 } }) },
          },
          spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/repair:1' }] },
        },
      },
    },
  },
});
const completed = (world: TestCluster): boolean =>
  world.cluster
    .list(JOBS)
    .some(({ status }) => (status as { readonly completionTime?: string } | undefined)?.completionTime !== undefined);

const withRepair = (target: Target): Target => ({
  ...target,
  setUp: async (world) => {
    await target.setUp(world);
    world.cluster.create(CRON_JOBS, repair(target.namespace ?? 'default'));
  },
});
const jobRow = {
  type: 'job',
  action: { type: 'job', jobAction: { template: 'repair' } },
  acted: (_target: KubeObject, _first: KubeObject, { world }: { readonly world: TestCluster }) => completed(world),
  effects: { resource: JOBS, of: ({ type }: { readonly type: string }) => (type === 'ADDED' ? 'job' : undefined) },
  once: ['job'],
};

const called = (_target: KubeObject, _first: KubeObject, { effects }: { readonly effects: readonly string[] }) =>
  effects.length > 0;
const webhookRow = {
  type: 'webhook',
  action: { type: 'webhook', webhookAction: { name: 'runbooks' } },
  acted: called,
  effects: 'calls',
  once: ['called runbooks'],
} as const;
/** That people were told is all that it can come to; whether it helps is theirs. */
const notifyRow = {
  type: 'notify',
  action: { type: 'notify' },
  acted: called,
  effects: 'calls',
  once: ['called ops', 'called chat'],
  hopeless: 'Succeeded',
} as const;

const registryOf = (object: KubeObject): string | undefined => firstContainer(object)?.image?.split('/')[0];
const registry = actionRegistry({ disabled: [], plugins: await loadPlugins([MIRROR]) });

export const outsideRows: readonly Row[] = [
  { ...jobRow, ...withRepair(workloadRow('Deployment')) },
  { ...jobRow, ...withRepair(podRow()) },
  { ...webhookRow, ...workloadRow('Deployment') },
  { ...webhookRow, ...podRow() },
  { ...webhookRow, ...nodeRow },
  { ...notifyRow, ...workloadRow('StatefulSet') },
  { ...notifyRow, ...nodeRow },
  {
    type: 'custom',
    ...workloadRow('Deployment'),
    registry,
    action: {
      type: 'custom',
      customAction: { executor: 'image-mirror', parameters: { from: 'registry.example/', to: 'mirror.example/' } },
    },
    acted: (target) => registryOf(target) === 'mirror.example',
    effects: { resource: WORKLOADS.Deployment, of: changed('web', registryOf, (host) => `from ${host}`) },
    once: ['from mirror.example'],
    undone: ['from registry.example'],
  },
];

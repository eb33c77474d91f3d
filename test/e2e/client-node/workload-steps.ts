/** Pods, other workloads and nodes: watches, logs, metrics, budgets. */
import { PassThrough } from 'node:stream';
import { Log, Metrics, topPods } from '@kubernetes/client-node';
import { expect } from 'vitest';
import {
  NS,
  merge,
  strategic,
  config,
  core,
  apps,
  batch,
  scaling,
  policy,
  objects,
  refusal,
  eventually,
  deployment,
  bare,
  webReady,
  watched,
  type Step,
} from './session.ts';

export const WORKLOAD_STEPS: readonly Step[] = [
  [
    'a watch sees a bare pod come, run and go',
    async () => {
      const path = `/api/v1/namespaces/${NS}/pods`;
      const seen = await watched(
        path,
        { fieldSelector: 'metadata.name=tool' },
        {
          during: async () => {
            await core().createNamespacedPod({ namespace: NS, body: bare('tool') });
            await eventually(
              () => core().readNamespacedPod({ name: 'tool', namespace: NS }),
              (pod) => pod.status?.phase === 'Running',
            );
            await core().deleteNamespacedPod({ name: 'tool', namespace: NS, gracePeriodSeconds: 0 });
          },
          enough: (sofar) => sofar.at(-1)?.type === 'DELETED',
        },
      );
      expect(seen[0]).toEqual({ type: 'ADDED', name: 'tool' });
      expect(seen.filter(({ type }) => type === 'MODIFIED').length).toBeGreaterThanOrEqual(2);
    },
  ],
  [
    'a label that stops to match is a deletion to the watch',
    async () => {
      await core().createNamespacedConfigMap({
        namespace: NS,
        body: { metadata: { name: 'moving', labels: { tier: 'a' } } },
      });
      const body = { metadata: { labels: { tier: 'b' } } };
      const seen = await watched(
        `/api/v1/namespaces/${NS}/configmaps`,
        { labelSelector: 'tier=a' },
        {
          during: () => core().patchNamespacedConfigMap({ name: 'moving', namespace: NS, body }, merge),
          enough: (sofar) => sofar.length === 2,
        },
      );
      expect(seen).toEqual([
        { type: 'ADDED', name: 'moving' },
        { type: 'DELETED', name: 'moving' },
      ]);
    },
  ],
  [
    'a pod prints its log',
    async () => {
      await core().createNamespacedPod({ namespace: NS, body: bare('talker') });
      await eventually(
        () => core().readNamespacedPod({ name: 'talker', namespace: NS }),
        (pod) => pod.status?.containerStatuses?.[0]?.ready === true,
      );
      expect(await core().readNamespacedPodLog({ name: 'talker', namespace: NS })).toBe('one\ntwo\nthree\n');
    },
  ],
  [
    'its last line alone',
    async () =>
      expect(await core().readNamespacedPodLog({ name: 'talker', namespace: NS, tailLines: 1 })).toBe('three\n'),
  ],
  [
    'its log as a stream',
    async () => {
      const stream = new PassThrough();
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      const ended = new Promise((resolve) => stream.once('end', resolve));
      await new Log(config).log(NS, 'talker', 'main', stream, {});
      await ended;
      expect(text).toContain('one\n');
    },
  ],
  [
    'metrics of pods',
    async () => {
      const { items } = await new Metrics(config).getPodMetrics(NS);
      expect(items.find(({ metadata }) => metadata.name === 'talker')?.containers[0]?.usage.memory).toMatch(/Ki$/);
    },
  ],
  [
    'metrics of nodes',
    async () =>
      expect((await new Metrics(config).getNodeMetrics()).items.map(({ metadata }) => metadata.name)).toEqual([
        'node-1',
        'node-2',
      ]),
  ],
  [
    'the client adds up usage and requests',
    async () => {
      const top = await topPods(core(), new Metrics(config), NS);
      expect(Number(top.find(({ Pod }) => Pod.metadata?.labels?.['app'] === 'web')?.CPU.RequestTotal)).toBeCloseTo(0.1);
    },
  ],
  [
    'a budget counts the healthy',
    async () => {
      const body = { metadata: { name: 'web' }, spec: { minAvailable: 3, selector: { matchLabels: { app: 'web' } } } };
      await policy().createNamespacedPodDisruptionBudget({ namespace: NS, body });
      const found = await eventually(
        () => policy().readNamespacedPodDisruptionBudget({ name: 'web', namespace: NS }),
        (budget) => budget.status?.expectedPods === 3,
      );
      expect(found.status).toMatchObject({ currentHealthy: 3, desiredHealthy: 3, disruptionsAllowed: 0 });
    },
  ],
  [
    'and refuses an eviction',
    async () => {
      const { items } = await core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' });
      const name = items[0]?.metadata?.name ?? '';
      expect(
        await refusal(
          core().createNamespacedPodEviction({ name, namespace: NS, body: { metadata: { name, namespace: NS } } }),
        ),
      ).toEqual({
        code: 429,
        reason: 'TooManyRequests',
        message: "Cannot evict pod as it would violate the pod's disruption budget.",
      });
    },
  ],
  [
    'a smaller budget allows it, and the pod is replaced',
    async () => {
      await policy().patchNamespacedPodDisruptionBudget(
        { name: 'web', namespace: NS, body: { spec: { minAvailable: 1 } } },
        merge,
      );
      await eventually(
        () => policy().readNamespacedPodDisruptionBudget({ name: 'web', namespace: NS }),
        (budget) => budget.status?.disruptionsAllowed === 2,
      );
      const { items } = await core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' });
      const name = items[0]?.metadata?.name ?? '';
      await core().createNamespacedPodEviction({ name, namespace: NS, body: { metadata: { name, namespace: NS } } });
      const after = await eventually(
        () => core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' }),
        (list) => list.items.length === 3 && list.items.every((pod) => pod.metadata?.name !== name),
      );
      expect(after.items).toHaveLength(3);
    },
  ],
  [
    'an autoscaler scales up to its minimum',
    async () => {
      const body = {
        metadata: { name: 'web' },
        spec: {
          scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
          minReplicas: 4,
          maxReplicas: 6,
          metrics: [
            { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
          ],
        },
      };
      await scaling().createNamespacedHorizontalPodAutoscaler({ namespace: NS, body });
      expect((await webReady(4)).spec?.replicas).toBe(4);
    },
  ],
  [
    'a Service gets an address and slices',
    async () => {
      const made = await core().createNamespacedService({
        namespace: NS,
        body: { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } },
      });
      expect(made.spec).toMatchObject({ type: 'ClusterIP', clusterIP: expect.stringMatching(/^10\./) });
      const slices = await eventually(
        () => objects().list('discovery.k8s.io/v1', 'EndpointSlice', NS),
        (list) => list.items.length > 0,
      );
      expect(slices.items[0]?.metadata?.labels?.['kubernetes.io/service-name']).toBe('web');
    },
  ],
  [
    'a Job runs to its end',
    async () => {
      const template = {
        metadata: { annotations: { 'sandbox.kubeskippy.io/script': '{exit: {after: 1s}}' } },
        spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/tool:1' }] },
      };
      await batch().createNamespacedJob({ namespace: NS, body: { metadata: { name: 'once' }, spec: { template } } });
      const done = await eventually(
        () => batch().readNamespacedJob({ name: 'once', namespace: NS }),
        (job) => job.status?.conditions?.some(({ type, status }) => type === 'Complete' && status === 'True') === true,
      );
      expect(done.status?.succeeded).toBe(1);
    },
  ],
  [
    'a StatefulSet starts its pods in order',
    async () => {
      const { spec } = deployment('db');
      const body = {
        metadata: { name: 'db' },
        spec: { serviceName: 'db', replicas: 2, selector: spec?.selector ?? {}, template: spec?.template ?? {} },
      };
      await apps().createNamespacedStatefulSet({ namespace: NS, body });
      const { items } = await eventually(
        () => core().listNamespacedPod({ namespace: NS, labelSelector: 'app=db' }),
        (list) => list.items.length === 2 && list.items.every((pod) => pod.status?.phase === 'Running'),
      );
      expect(items.map((pod) => pod.metadata?.name)).toEqual(['db-0', 'db-1']);
    },
  ],
  [
    'a DaemonSet has a pod on each node',
    async () => {
      const { spec } = deployment('agent');
      await apps().createNamespacedDaemonSet({
        namespace: NS,
        body: {
          metadata: { name: 'agent' },
          spec: { selector: spec?.selector ?? {}, template: spec?.template ?? { spec: { containers: [] } } },
        },
      });
      const found = await eventually(
        () => apps().readNamespacedDaemonSet({ name: 'agent', namespace: NS }),
        (set) => set.status?.numberReady === 2,
      );
      expect(found.status?.desiredNumberScheduled).toBe(2);
    },
  ],
  [
    'a node is cordoned',
    async () => {
      const node = await core().patchNode({ name: 'node-2', body: { spec: { unschedulable: true } } }, strategic);
      expect(node.spec?.unschedulable).toBe(true);
      const tainted = await eventually(
        () => core().readNode({ name: 'node-2' }),
        (found) => (found.spec?.taints?.length ?? 0) > 0,
      );
      expect(tainted.spec?.taints).toMatchObject([{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]);
    },
  ],
];

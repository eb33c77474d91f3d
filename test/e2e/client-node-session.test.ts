// oxlint-disable max-lines -- one session, each step building on those before
/** `@kubernetes/client-node` as its users know it, against the embedded cluster over HTTP: one session, each step building on those before. */
import { readFileSync } from 'node:fs';
import { PassThrough } from 'node:stream';
import {
  ApiException,
  AppsV1Api,
  AuthorizationV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  EventsV1Api,
  KubeConfig,
  KubernetesObjectApi,
  Log,
  Metrics,
  PatchStrategy,
  PolicyV1Api,
  RbacAuthorizationV1Api,
  type V1Deployment,
  type V1Pod,
  VersionApi,
  Watch,
  ApiextensionsV1Api,
  ApisApi,
  CoordinationV1Api,
  loadYaml,
  makeInformer,
  setHeaderOptions,
  topPods,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox, type Sandbox } from '../../src/sandbox/index.ts';
import { scaledClock, systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';

const NS = 'shop';
const GROUP = { group: 'kubeskippy.io', version: 'v1alpha1', namespace: NS, plural: 'healingpolicies' };
const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
const jsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
const apply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

let sandbox: Sandbox;
const config = new KubeConfig();

beforeAll(async () => {
  // Ten times the real speed: pods start and probes run as fast as a test wants.
  sandbox = createSandbox({ clock: scaledClock(systemClock, 10), prng: new Prng(1), nodes: 2 });
  const { url } = await sandbox.serve({ port: 0 });
  config.loadFromOptions({
    // Without skipTLSVerify the client refuses plain HTTP.
    clusters: [{ name: 'sandbox', server: url, skipTLSVerify: true }],
    users: [{ name: 'me' }],
    contexts: [{ name: 'sandbox', cluster: 'sandbox', user: 'me', namespace: NS }],
    currentContext: 'sandbox',
  });
});
afterAll(() => sandbox.close());

const lazy = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};
const core = lazy(() => config.makeApiClient(CoreV1Api));
const apps = lazy(() => config.makeApiClient(AppsV1Api));
const batch = lazy(() => config.makeApiClient(BatchV1Api));
const custom = lazy(() => config.makeApiClient(CustomObjectsApi));
const scaling = lazy(() => config.makeApiClient(AutoscalingV2Api));
const policy = lazy(() => config.makeApiClient(PolicyV1Api));
const rbac = lazy(() => config.makeApiClient(RbacAuthorizationV1Api));
const objects = lazy(() => KubernetesObjectApi.makeApiClient(config));
const definitions = lazy(() => config.makeApiClient(ApiextensionsV1Api));

async function refusal(asked: Promise<unknown>): Promise<{ code: number; reason: string; message: string }> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiException)) throw new Error(`expected a refusal, got ${String(error)}`);
  const body = (typeof error.body === 'string' ? JSON.parse(error.body) : error.body) as { reason: string; message: string };
  return { code: error.code, reason: body.reason, message: body.message };
}

/** Asks every 20 ms until it holds; fails after ten seconds. */
async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let left = 500; ; left--) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (left === 0) throw new Error(`still ${JSON.stringify(answer)}`);
    await systemClock.until(systemClock.now() + 20);
  }
}

const deployment = (name: string, image = 'registry.example/web:1'): V1Deployment => ({
  metadata: { name, namespace: NS, labels: { app: name } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [{ name: 'main', image, ports: [{ containerPort: 80 }], resources: { requests: { cpu: '100m', memory: '64Mi' } } }],
      },
    },
  },
});
const bare = (name: string): V1Pod => ({
  metadata: {
    name,
    namespace: NS,
    labels: { app: name },
    annotations: { 'sandbox.kubeskippy.io/script': '{logs: {lines: [one, two, three]}}' },
  },
  spec: { containers: [{ name: 'main', image: 'registry.example/tool:1' }] },
});
const ready = (found: V1Deployment, replicas: number): boolean =>
  found.status?.observedGeneration === found.metadata?.generation &&
  found.status?.updatedReplicas === replicas &&
  found.status?.replicas === replicas &&
  found.status?.availableReplicas === replicas;
const webReady = (replicas: number) =>
  eventually(
    () => apps().readNamespacedDeployment({ name: 'web', namespace: NS }),
    (found) => ready(found, replicas),
  );
const crd = (plural: string): V1CustomResourceDefinition =>
  loadYaml(readFileSync(new URL(`../../config/crd/bases/kubeskippy.io_${plural}.yaml`, import.meta.url), 'utf8'));
const healing = (mode: string) => ({
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'web', namespace: NS },
  spec: {
    mode,
    selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
    triggers: [{ name: 'looping', type: 'condition', conditionTrigger: { type: 'CrashLoopBackOff', status: 'True' } }],
    actions: [{ name: 'restart', type: 'restart' }],
  },
});

interface Seen {
  readonly type: string;
  readonly name: string;
}
/** Opens a watch, does something, and gives what was seen until `enough`. */
async function watched(path: string, query: Record<string, string>, { during, enough }: Watching): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  let finish: (() => void) | undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const request = await new Watch(config).watch(
    path,
    query,
    (type: string, object: { metadata: { name: string } }) => {
      seen.push({ type, name: object.metadata.name });
      if (enough(seen)) finish?.();
    },
    () => finish?.(),
  );
  await during();
  await finished;
  request.abort();
  return seen;
}
interface Watching {
  readonly during: () => Promise<unknown>;
  readonly enough: (seen: readonly Seen[]) => boolean;
}

const informed: string[] = [];
const informer = lazy(() => {
  const made = makeInformer<V1Pod>(config, `/api/v1/namespaces/${NS}/pods`, () => core().listNamespacedPod({ namespace: NS }));
  for (const verb of ['add', 'update', 'delete'] as const) made.on(verb, (pod) => informed.push(`${verb} ${pod.metadata?.name}`));
  return made;
});

const STEPS: readonly (readonly [title: string, step: () => Promise<void>])[] = [
  ['the version is a 1.36', async () => expect((await config.makeApiClient(VersionApi).getCode()).minor).toBe('36')],
  [
    'the groups of discovery',
    async () => {
      const { groups } = await config.makeApiClient(ApisApi).getAPIVersions();
      expect(groups.map(({ name }) => name)).toEqual(expect.arrayContaining(['apps', 'batch', 'policy', 'metrics.k8s.io']));
    },
  ],
  [
    'the resources of the core group',
    async () => {
      const { resources } = await core().getAPIResources();
      expect(resources.map(({ name }) => name)).toEqual(expect.arrayContaining(['pods', 'pods/eviction', 'nodes', 'configmaps']));
    },
  ],
  [
    'both nodes become ready',
    async () => {
      const { items } = await eventually(
        () => core().listNode(),
        (list) => list.items.every((node) => node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')),
      );
      expect(items.map((node) => node.metadata?.name)).toEqual(['node-1', 'node-2']);
    },
  ],
  [
    'a namespace is made',
    async () => expect((await core().createNamespace({ body: { metadata: { name: NS } } })).status?.phase).toBe('Active'),
  ],
  [
    'making it again conflicts',
    async () =>
      expect(await refusal(core().createNamespace({ body: { metadata: { name: NS } } }))).toEqual({
        code: 409,
        reason: 'AlreadyExists',
        message: 'namespaces "shop" already exists',
      }),
  ],
  [
    'it gets a default service account',
    async () => {
      const { items } = await eventually(
        () => core().listNamespacedServiceAccount({ namespace: NS }),
        (list) => list.items.length > 0,
      );
      expect(items.map((account) => account.metadata?.name)).toEqual(['default']);
    },
  ],
  [
    'and the root certificate as a ConfigMap',
    async () => {
      const { items } = await eventually(
        () => core().listNamespacedConfigMap({ namespace: NS }),
        (list) => list.items.length > 0,
      );
      expect(items.map((map) => map.metadata?.name)).toEqual(['kube-root-ca.crt']);
    },
  ],
  [
    'a ConfigMap is made, with a version and no generation',
    async () => {
      const made = await core().createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'settings' }, data: { a: '1' } } });
      expect(made.metadata?.resourceVersion).toMatch(/^\d+$/);
      expect(made.metadata?.generation).toBeUndefined();
    },
  ],
  ['and read', async () => expect((await core().readNamespacedConfigMap({ name: 'settings', namespace: NS })).data).toEqual({ a: '1' })],
  [
    'replacing it with an old version conflicts',
    async () => {
      const old = await core().readNamespacedConfigMap({ name: 'settings', namespace: NS });
      await core().replaceNamespacedConfigMap({ name: 'settings', namespace: NS, body: Object.assign({}, old, { data: { a: '2' } }) });
      const late = core().replaceNamespacedConfigMap({
        name: 'settings',
        namespace: NS,
        body: Object.assign({}, old, { data: { a: '3' } }),
      });
      expect(await refusal(late)).toMatchObject({ code: 409, reason: 'Conflict' });
    },
  ],
  [
    'a merge patch adds and takes away',
    async () => {
      const patched = await core().patchNamespacedConfigMap(
        { name: 'settings', namespace: NS, body: { data: { a: null, b: '2' } } },
        merge,
      );
      expect(patched.data).toEqual({ b: '2' });
    },
  ],
  [
    'a JSON patch tests and replaces',
    async () => {
      const body = [
        { op: 'test', path: '/data/b', value: '2' },
        { op: 'replace', path: '/data/b', value: '3' },
      ];
      expect((await core().patchNamespacedConfigMap({ name: 'settings', namespace: NS, body }, jsonPatch)).data).toEqual({ b: '3' });
    },
  ],
  [
    'a JSON patch whose test fails changes nothing',
    async () => {
      const body = [{ op: 'test', path: '/data/b', value: '9' }];
      expect(await refusal(core().patchNamespacedConfigMap({ name: 'settings', namespace: NS, body }, jsonPatch))).toMatchObject({
        code: 422,
      });
      expect((await core().readNamespacedConfigMap({ name: 'settings', namespace: NS })).data).toEqual({ b: '3' });
    },
  ],
  [
    'server-side apply owns its fields',
    async () => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace: NS }, data: { x: '1' } };
      const made = await core().patchNamespacedConfigMap({ name: 'applied', namespace: NS, body, fieldManager: 'one' }, apply);
      expect(made.metadata?.managedFields).toMatchObject([{ manager: 'one', operation: 'Apply' }]);
    },
  ],
  [
    'another manager conflicts with it',
    async () => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace: NS }, data: { x: '2' } };
      const asked = core().patchNamespacedConfigMap({ name: 'applied', namespace: NS, body, fieldManager: 'two' }, apply);
      expect(await refusal(asked)).toEqual({
        code: 409,
        reason: 'Conflict',
        message: 'Apply failed with 1 conflict: conflict with "one": .data.x',
      });
    },
  ],
  [
    'unless it forces',
    async () => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied', namespace: NS }, data: { x: '2' } };
      const forced = await core().patchNamespacedConfigMap(
        { name: 'applied', namespace: NS, body, fieldManager: 'two', force: true },
        apply,
      );
      expect(forced.data).toEqual({ x: '2' });
    },
  ],
  [
    'a dry run leaves nothing',
    async () => {
      await core().createNamespacedConfigMap({ namespace: NS, dryRun: 'All', body: { metadata: { name: 'ghost' } } });
      expect(await refusal(core().readNamespacedConfigMap({ name: 'ghost', namespace: NS }))).toEqual({
        code: 404,
        reason: 'NotFound',
        message: 'configmaps "ghost" not found',
      });
    },
  ],
  [
    'a bad name is refused',
    async () => {
      const asked = core().createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'Bad_Name' } } });
      expect(await refusal(asked)).toMatchObject({ code: 422, reason: 'Invalid' });
    },
  ],
  [
    'lists come in pages',
    async () => {
      const first = await core().listNamespacedConfigMap({ namespace: NS, limit: 2 });
      expect(first.metadata?.remainingItemCount).toBe(1);
      const { metadata } = first;
      const rest = await core().listNamespacedConfigMap({ namespace: NS, limit: 2, _continue: metadata?._continue ?? '' });
      expect([...first.items, ...rest.items].map((map) => map.metadata?.name)).toEqual(['applied', 'kube-root-ca.crt', 'settings']);
    },
  ],
  [
    'a Secret takes text and gives base64',
    async () => {
      const made = await core().createNamespacedSecret({
        namespace: NS,
        body: { metadata: { name: 'key' }, stringData: { token: 'abc' } },
      });
      expect(made).toMatchObject({ type: 'Opaque', data: { token: 'YWJj' } });
    },
  ],
  [
    'its type never changes',
    async () => {
      const asked = core().patchNamespacedSecret({ name: 'key', namespace: NS, body: { type: 'other' } }, merge);
      expect(await refusal(asked)).toMatchObject({ code: 422, message: expect.stringContaining('field is immutable') });
    },
  ],
  [
    'a Deployment is made with defaults',
    async () => {
      const made = await apps().createNamespacedDeployment({ namespace: NS, body: deployment('web') });
      expect(made.spec).toMatchObject({
        strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
        progressDeadlineSeconds: 600,
        revisionHistoryLimit: 10,
      });
    },
  ],
  ['and rolls out', async () => expect((await webReady(2)).status?.readyReplicas).toBe(2)],
  [
    'by a ReplicaSet of revision 1',
    async () => {
      const { items } = await apps().listNamespacedReplicaSet({ namespace: NS, labelSelector: 'app=web' });
      expect(items.map((set) => set.metadata?.annotations?.['deployment.kubernetes.io/revision'])).toEqual(['1']);
    },
  ],
  [
    'its pods run on both nodes',
    async () => {
      const { items } = await core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' });
      expect(new Set(items.map((pod) => pod.spec?.nodeName))).toEqual(new Set(['node-1', 'node-2']));
      expect(items.map((pod) => pod.status?.phase)).toEqual(['Running', 'Running']);
    },
  ],
  [
    'a field selector finds those of one node',
    async () => {
      const { items } = await core().listNamespacedPod({ namespace: NS, fieldSelector: 'spec.nodeName=node-1' });
      expect(items).toHaveLength(1);
    },
  ],
  [
    'a bad field selector is refused',
    async () =>
      expect(await refusal(core().listNamespacedPod({ namespace: NS, fieldSelector: 'spec.colour=red' }))).toMatchObject({
        code: 400,
        message: expect.stringContaining('field label not supported: spec.colour'),
      }),
  ],
  [
    'the informer lists what is there',
    async () => {
      await informer().start();
      await eventually(
        async () => informed.length,
        (count) => count >= 2,
      );
      expect(informer().list(NS)).toHaveLength(2);
    },
  ],
  [
    'scale is read',
    async () => expect((await apps().readNamespacedDeploymentScale({ name: 'web', namespace: NS })).spec?.replicas).toBe(2),
  ],
  [
    'and written',
    async () => {
      const body = { metadata: { name: 'web', namespace: NS }, spec: { replicas: 3 } };
      await apps().replaceNamespacedDeploymentScale({ name: 'web', namespace: NS, body });
      expect((await webReady(3)).metadata?.generation).toBe(2);
    },
  ],
  [
    'the informer saw the third pod',
    async () => {
      await eventually(
        async () => informer().list(NS)?.length,
        (count) => count === 3,
      );
      expect(informed.filter((entry) => entry.startsWith('add '))).toHaveLength(3);
    },
  ],
  [
    'a strategic patch changes one container by its name',
    async () => {
      const body = { spec: { template: { spec: { containers: [{ name: 'main', image: 'registry.example/web:2' }] } } } };
      const patched = await apps().patchNamespacedDeployment({ name: 'web', namespace: NS, body }, strategic);
      expect(patched.spec?.template.spec?.containers).toMatchObject([{ image: 'registry.example/web:2', ports: [{ containerPort: 80 }] }]);
    },
  ],
  [
    'which makes revision 2',
    async () => {
      await webReady(3);
      const { items } = await apps().listNamespacedReplicaSet({ namespace: NS });
      expect(
        items
          .map((set) => [set.metadata?.annotations?.['deployment.kubernetes.io/revision'], set.status?.replicas])
          .toSorted((a, b) => String(a[0]).localeCompare(String(b[0]))),
      ).toEqual([
        ['1', 0],
        ['2', 3],
      ]);
    },
  ],
  [
    'the selector of a Deployment never changes',
    async () => {
      const asked = apps().patchNamespacedDeployment(
        { name: 'web', namespace: NS, body: { spec: { selector: { matchLabels: { app: 'x' } } } } },
        merge,
      );
      expect(await refusal(asked)).toMatchObject({ code: 422, reason: 'Invalid' });
    },
  ],
  [
    'events tell the scaling',
    async () => {
      const { items } = await core().listNamespacedEvent({ namespace: NS, fieldSelector: 'involvedObject.kind=Deployment' });
      expect(items.map(({ reason }) => reason)).toContain('ScalingReplicaSet');
    },
  ],
  [
    'and the same by events.k8s.io',
    async () => {
      const { items } = await config.makeApiClient(EventsV1Api).listNamespacedEvent({ namespace: NS });
      expect(items.some(({ reason, regarding }) => reason === 'Scheduled' && regarding?.kind === 'Pod')).toBe(true);
    },
  ],
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
      await core().createNamespacedConfigMap({ namespace: NS, body: { metadata: { name: 'moving', labels: { tier: 'a' } } } });
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
    async () => expect(await core().readNamespacedPodLog({ name: 'talker', namespace: NS, tailLines: 1 })).toBe('three\n'),
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
      expect((await new Metrics(config).getNodeMetrics()).items.map(({ metadata }) => metadata.name)).toEqual(['node-1', 'node-2']),
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
        await refusal(core().createNamespacedPodEviction({ name, namespace: NS, body: { metadata: { name, namespace: NS } } })),
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
      await policy().patchNamespacedPodDisruptionBudget({ name: 'web', namespace: NS, body: { spec: { minAvailable: 1 } } }, merge);
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
          metrics: [{ type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } }],
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
  [
    'a Lease keeps its microseconds',
    async () => {
      const body = loadYaml<object>('{metadata: {name: leader}, spec: {holderIdentity: me, leaseDurationSeconds: 15}}');
      const made = await config.makeApiClient(CoordinationV1Api).createNamespacedLease({ namespace: NS, body });
      expect(made.spec).toMatchObject({ holderIdentity: 'me', leaseDurationSeconds: 15 });
    },
  ],
  [
    'a Role and its binding are kept',
    async () => {
      await rbac().createNamespacedRole({
        namespace: NS,
        body: { metadata: { name: 'reader' }, rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] },
      });
      const made = await rbac().createNamespacedRoleBinding({
        namespace: NS,
        body: {
          metadata: { name: 'reader' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
          subjects: [{ kind: 'ServiceAccount', name: 'default', namespace: NS }],
        },
      });
      expect(made.roleRef.name).toBe('reader');
    },
  ],
  [
    'everybody may do everything while access is off',
    async () => {
      const { status } = await config
        .makeApiClient(AuthorizationV1Api)
        .createSelfSubjectAccessReview({ body: { spec: { resourceAttributes: { verb: 'delete', resource: 'nodes' } } } });
      expect(status?.allowed).toBe(true);
    },
  ],
  [
    'custom kinds are defined and established',
    async () => {
      for (const plural of ['healingpolicies', 'healingactions']) await definitions().createCustomResourceDefinition({ body: crd(plural) });
      const found = await eventually(
        () => definitions().readCustomResourceDefinition({ name: 'healingpolicies.kubeskippy.io' }),
        (definition) => definition.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') === true,
      );
      expect(found.status?.acceptedNames?.shortNames).toEqual(['hp']);
    },
  ],
  [
    'a custom object is made with its defaults',
    async () => {
      const made = (await custom().createNamespacedCustomObject({ ...GROUP, body: healing('monitor') })) as ReturnType<typeof healing>;
      expect(made.spec).toMatchObject({ mode: 'monitor', suspend: false, safetyRules: { maxActionsPerHour: 10 } });
    },
  ],
  [
    'one that its schema forbids is refused',
    async () =>
      expect(await refusal(custom().createNamespacedCustomObject({ ...GROUP, body: healing('reckless') }))).toMatchObject({
        code: 422,
        message: expect.stringContaining('spec.mode: Unsupported value: "reckless"'),
      }),
  ],
  [
    'a merge patch raises its generation',
    async () => {
      const patched = (await custom().patchNamespacedCustomObject(
        { ...GROUP, name: 'web', body: { spec: { mode: 'automatic' } } },
        merge,
      )) as V1Pod;
      expect(patched.metadata?.generation).toBe(2);
    },
  ],
  [
    'its status is written apart',
    async () => {
      const body = { spec: { mode: 'manual' }, status: { observedGeneration: 2 } };
      const patched: unknown = await custom().patchNamespacedCustomObjectStatus({ ...GROUP, name: 'web', body }, merge);
      expect(patched).toMatchObject({ metadata: { generation: 2 }, spec: { mode: 'automatic' }, status: { observedGeneration: 2 } });
    },
  ],
  [
    'custom objects are listed',
    async () => expect(((await custom().listNamespacedCustomObject(GROUP)) as { items: unknown[] }).items).toHaveLength(1),
  ],
  [
    'and found by the generic client',
    async () => {
      const found = await objects().read({
        apiVersion: 'kubeskippy.io/v1alpha1',
        kind: 'HealingPolicy',
        metadata: { name: 'web', namespace: NS },
      });
      expect(found).toMatchObject({ kind: 'HealingPolicy', spec: { mode: 'automatic' } });
    },
  ],
  [
    'the generic client makes, patches and deletes',
    async () => {
      const made = await objects().create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'generic', namespace: NS } });
      const labelled = await objects().patch(
        { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'generic', namespace: NS, labels: { a: 'b' } } },
        undefined,
        undefined,
        undefined,
        undefined,
        PatchStrategy.MergePatch,
      );
      expect(labelled.metadata?.labels).toEqual({ a: 'b' });
      expect(await objects().delete(made)).toMatchObject({ status: 'Success' });
    },
  ],
  [
    'a custom object with a finalizer stays until it is taken away',
    async () => {
      await custom().patchNamespacedCustomObject(
        { ...GROUP, name: 'web', body: { metadata: { finalizers: ['example.com/hold'] } } },
        merge,
      );
      await custom().deleteNamespacedCustomObject({ ...GROUP, name: 'web' });
      expect(await custom().getNamespacedCustomObject({ ...GROUP, name: 'web' })).toMatchObject({
        metadata: { deletionTimestamp: expect.any(String) },
      });
      await custom().patchNamespacedCustomObject({ ...GROUP, name: 'web', body: { metadata: { finalizers: null } } }, merge);
      expect(await refusal(custom().getNamespacedCustomObject({ ...GROUP, name: 'web' }))).toMatchObject({ code: 404 });
    },
  ],
  [
    'a definition that is deleted takes its API along',
    async () => {
      await definitions().deleteCustomResourceDefinition({ name: 'healingpolicies.kubeskippy.io' });
      await eventually(
        () => definitions().listCustomResourceDefinition(),
        (list) => list.items.length === 1,
      );
      const error: unknown = await custom()
        .listNamespacedCustomObject(GROUP)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({ code: 404 });
    },
  ],
  [
    'a deletion with a wrong uid is refused',
    async () => {
      const asked = core().deleteNamespacedConfigMap({ name: 'settings', namespace: NS, body: { preconditions: { uid: 'other' } } });
      expect(await refusal(asked)).toMatchObject({ code: 409, reason: 'Conflict' });
    },
  ],
  [
    'a collection is deleted by label',
    async () => {
      await core().deleteCollectionNamespacedConfigMap({ namespace: NS, labelSelector: 'tier=b' });
      expect(await refusal(core().readNamespacedConfigMap({ name: 'moving', namespace: NS }))).toMatchObject({ code: 404 });
    },
  ],
  [
    'deleting the Deployment collects ReplicaSets and pods',
    async () => {
      await scaling().deleteNamespacedHorizontalPodAutoscaler({ name: 'web', namespace: NS });
      await apps().deleteNamespacedDeployment({ name: 'web', namespace: NS, propagationPolicy: 'Foreground' });
      const left = await eventually(
        () => core().listNamespacedPod({ namespace: NS, labelSelector: 'app=web' }),
        (list) => list.items.length === 0,
      );
      expect(left.items).toEqual([]);
    },
  ],
  [
    'the informer saw them go',
    async () => {
      await eventually(
        async () => informed.filter((entry) => entry.startsWith('delete web-')).length,
        (count) => count >= 4,
      );
      await informer().stop();
      expect(
        informer()
          .list(NS)
          ?.map((pod) => pod.metadata?.labels?.['app']),
      ).not.toContain('web');
    },
  ],
  [
    'a namespace goes with all that is in it',
    async () => {
      await core().deleteNamespace({ name: NS });
      const { items } = await eventually(
        () => core().listNamespace(),
        (list) => list.items.every((namespace) => namespace.metadata?.name !== NS),
      );
      expect(items.map((namespace) => namespace.metadata?.name)).toEqual(['default', 'kube-node-lease', 'kube-public', 'kube-system']);
      expect((await core().listNamespacedPod({ namespace: NS })).items).toEqual([]);
    },
  ],
];

describe(`a session of ${STEPS.length} steps through @kubernetes/client-node`, () => {
  test.each(STEPS)('%s', async (_, step) => {
    await step();
  });
});

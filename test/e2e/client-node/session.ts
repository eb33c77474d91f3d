/** The cluster, the clients and the waiting of a session through `@kubernetes/client-node`. */
import { readFileSync } from 'node:fs';
import {
  ApiException,
  AppsV1Api,
  AutoscalingV2Api,
  BatchV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  KubernetesObjectApi,
  PatchStrategy,
  PolicyV1Api,
  RbacAuthorizationV1Api,
  type V1Deployment,
  type V1Pod,
  Watch,
  ApiextensionsV1Api,
  loadYaml,
  makeInformer,
  setHeaderOptions,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { createSandbox, type Sandbox } from '../../../src/sandbox/index.ts';
import { scaledClock, systemClock } from '../../../src/std/clock.ts';
import { Prng } from '../../../src/std/prng.ts';

export type Step = readonly [title: string, step: () => Promise<void>];

export const NS = 'shop';
export const GROUP = { group: 'kubeskippy.io', version: 'v1alpha1', namespace: NS, plural: 'healingpolicies' };
export const merge = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);
export const strategic = setHeaderOptions('Content-Type', PatchStrategy.StrategicMergePatch);
export const jsonPatch = setHeaderOptions('Content-Type', PatchStrategy.JsonPatch);
export const apply = setHeaderOptions('Content-Type', PatchStrategy.ServerSideApply);

export const config = new KubeConfig();

/** What the session runs against; `config` leads there from then on. */
export async function startCluster(): Promise<Sandbox> {
  // Ten times the real speed: pods start and probes run as fast as a test wants.
  const sandbox = createSandbox({ clock: scaledClock(systemClock, 10), prng: new Prng(1), nodes: 2 });
  const { url } = await sandbox.serve({ port: 0 });
  config.loadFromOptions({
    // Without skipTLSVerify the client refuses plain HTTP.
    clusters: [{ name: 'sandbox', server: url, skipTLSVerify: true }],
    users: [{ name: 'me' }],
    contexts: [{ name: 'sandbox', cluster: 'sandbox', user: 'me', namespace: NS }],
    currentContext: 'sandbox',
  });
  return sandbox;
}

const lazy = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => (made ??= make());
};
export const core = lazy(() => config.makeApiClient(CoreV1Api));
export const apps = lazy(() => config.makeApiClient(AppsV1Api));
export const batch = lazy(() => config.makeApiClient(BatchV1Api));
export const custom = lazy(() => config.makeApiClient(CustomObjectsApi));
export const scaling = lazy(() => config.makeApiClient(AutoscalingV2Api));
export const policy = lazy(() => config.makeApiClient(PolicyV1Api));
export const rbac = lazy(() => config.makeApiClient(RbacAuthorizationV1Api));
export const objects = lazy(() => KubernetesObjectApi.makeApiClient(config));
export const definitions = lazy(() => config.makeApiClient(ApiextensionsV1Api));

export async function refusal(asked: Promise<unknown>): Promise<{ code: number; reason: string; message: string }> {
  const error: unknown = await asked.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiException)) throw new Error(`expected a refusal, got ${String(error)}`);
  const body = (typeof error.body === 'string' ? JSON.parse(error.body) : error.body) as {
    reason: string;
    message: string;
  };
  return { code: error.code, reason: body.reason, message: body.message };
}

/** Asks every 20 ms until it holds; fails after ten seconds. */
export async function eventually<T>(ask: () => Promise<T>, holds: (answer: T) => boolean): Promise<T> {
  for (let left = 500; ; left--) {
    const answer = await ask();
    if (holds(answer)) return answer;
    if (left === 0) throw new Error(`still ${JSON.stringify(answer)}`);
    await systemClock.until(systemClock.now() + 20);
  }
}

export const deployment = (name: string, image = 'registry.example/web:1'): V1Deployment => ({
  metadata: { name, namespace: NS, labels: { app: name } },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        containers: [
          {
            name: 'main',
            image,
            ports: [{ containerPort: 80 }],
            resources: { requests: { cpu: '100m', memory: '64Mi' } },
          },
        ],
      },
    },
  },
});
export const bare = (name: string): V1Pod => ({
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
export const webReady = (replicas: number) =>
  eventually(
    () => apps().readNamespacedDeployment({ name: 'web', namespace: NS }),
    (found) => ready(found, replicas),
  );
export const crd = (plural: string): V1CustomResourceDefinition =>
  loadYaml(readFileSync(new URL(`../../../config/crd/bases/kubeskippy.io_${plural}.yaml`, import.meta.url), 'utf8'));
export const healing = (mode: string) => ({
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
export async function watched(
  path: string,
  query: Record<string, string>,
  { during, enough }: Watching,
): Promise<readonly Seen[]> {
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

export const informed: string[] = [];
export const informer = lazy(() => {
  const made = makeInformer<V1Pod>(config, `/api/v1/namespaces/${NS}/pods`, () =>
    core().listNamespacedPod({ namespace: NS }),
  );
  for (const verb of ['add', 'update', 'delete'] as const)
    made.on(verb, (pod) => informed.push(`${verb} ${pod.metadata?.name}`));
  return made;
});

/**
 * A rule of `examples/metrics` on a stage: one object for which it must fire, and one of the same kind, close to it,
 * for which it must not. Each rule has a namespace of its own; rules about things that lie in none share the cluster.
 */
import type { KubeObject } from '../../../src/shapes/kube.ts';
import type { Cluster, Gvr, MutableObject } from '../../../src/sandbox/index.ts';

/**
 * `played`: controllers, scheduler and kubelets run. `arranged`: nothing does, so that a status stays as it is written.
 */
export const STAGES = ['played', 'arranged'] as const;
export type StageKind = (typeof STAGES)[number];

export interface RuleScenario {
  readonly rule: string;
  readonly stage: StageKind;
  /** Kind, name and why. A name may end in `*`. */
  readonly fires: readonly [kind: string, name: string, because: string];
  readonly silent: readonly [kind: string, name: string, because: string];
  /** Puts the objects there, and says what happens to them later. */
  readonly set: (stage: Stage) => void;
}

/**
 * All is observed for this long: the longest thing that a rule waits for is a window of half an hour and five minutes
 * after it.
 */
export const STAGE_MINUTES = 37;

const PLURALS: Readonly<Record<string, string>> = {
  DaemonSet: 'daemonsets',
  Deployment: 'deployments',
  HorizontalPodAutoscaler: 'horizontalpodautoscalers',
  PodDisruptionBudget: 'poddisruptionbudgets',
};

export function gvrOf({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): Gvr {
  const [group, version] = apiVersion.includes('/') ? (apiVersion.split('/') as [string, string]) : ['', apiVersion];
  return { group, version, resource: PLURALS[kind] ?? `${kind.toLowerCase()}s` };
}

type Draft = { apiVersion: string; kind: string; metadata?: object; [field: string]: unknown };

export class Stage {
  readonly cluster: Cluster;
  readonly #namespace: string;
  readonly #later: (minute: number, act: () => void) => void;

  constructor(cluster: Cluster, namespace: string, later: (minute: number, act: () => void) => void) {
    this.cluster = cluster;
    this.#namespace = namespace;
    this.#later = later;
  }

  /** In the rule's namespace; with its status, which an API server takes in a write of its own. */
  put(
    object: Draft & { readonly metadata: { readonly name: string } },
    scope: 'namespaced' | 'cluster' = 'namespaced',
  ): void {
    const metadata = scope === 'cluster' ? object.metadata : { ...object.metadata, namespace: this.#namespace };
    const { status, ...rest } = object;
    const gvr = gvrOf(object);
    this.cluster.create(gvr, { ...rest, metadata });
    if (status === undefined) return;
    const key =
      scope === 'cluster' ? { name: object.metadata.name } : { name: object.metadata.name, namespace: this.#namespace };
    this.cluster.modify(gvr, key, (draft) => ({ ...draft, status }), 'status');
  }

  at(minute: number, act: () => void): void {
    this.#later(minute, act);
  }

  change(
    of: { apiVersion: string; kind: string; name: string },
    change: (draft: MutableObject) => MutableObject,
  ): void {
    const found = this.cluster.get(gvrOf(of), { name: of.name, namespace: this.#namespace });
    const key = found === undefined ? { name: of.name } : { name: of.name, namespace: this.#namespace };
    this.cluster.modify(gvrOf(of), key, change);
  }

  setStatus(of: { apiVersion: string; kind: string; name: string }, status: object): void {
    const key =
      of.kind === 'Node' || of.kind === 'PersistentVolume'
        ? { name: of.name }
        : { name: of.name, namespace: this.#namespace };
    this.cluster.modify(gvrOf(of), key, (draft) => ({ ...draft, status: { ...draft['status'], ...status } }), 'status');
  }

  remove(kind: 'Pod', name: string): void {
    this.cluster.remove(gvrOf({ apiVersion: 'v1', kind }), { name, namespace: this.#namespace });
  }
}

const IMAGE = 'registry.example/app:1';

interface PodShape {
  readonly script?: unknown;
  readonly resources?: object;
  readonly spec?: object;
}

const annotations = (script: unknown): object =>
  script === undefined ? {} : { annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify(script) } };

const podSpec = ({ resources, spec }: PodShape): object => ({
  containers: [{ name: 'main', image: IMAGE, ...(resources === undefined ? {} : { resources }) }],
  ...spec,
});

export const pod = (name: string, shape: PodShape = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...annotations(shape.script) },
  spec: podSpec(shape),
});

export const workload = (
  kind: 'Deployment' | 'StatefulSet' | 'DaemonSet' | 'ReplicaSet',
  name: string,
  shape: PodShape & { replicas?: number; more?: object } = {},
) => ({
  apiVersion: 'apps/v1',
  kind,
  metadata: { name },
  spec: {
    ...(kind === 'DaemonSet' ? {} : { replicas: shape.replicas ?? 1 }),
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name }, ...annotations(shape.script) }, spec: podSpec(shape) },
    ...shape.more,
  },
});

export const job = (name: string, shape: PodShape & { more?: object } = {}) => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name },
  spec: {
    template: { metadata: annotations(shape.script), spec: { restartPolicy: 'Never', ...podSpec(shape) } },
    ...shape.more,
  },
});

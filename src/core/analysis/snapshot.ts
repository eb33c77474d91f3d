/**
 * One look at a cluster, or at a part of it: objects, events, measurements and last log lines, with the instant of the
 * look. Indexes are made when they are first asked for, and once. A part that could not be read is named as a gap, so
 * that no rule concludes from the absence of what was not looked for.
 */
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import type { Instant } from '../../std/clock.ts';
import { subjectOfEvent } from '../relations.ts';
import { eventTime, type ObjectRef, refKey, refOf } from './evidence.ts';
import { matches } from './selectors.ts';
import type { AnalysisKind, ObjectsByKind, PodObject, ServiceObject, WorkloadObject } from './objects.ts';

/** A part that was not seen. */
export interface Gap {
  readonly kind: AnalysisKind | 'Event' | 'metrics' | 'logs' | 'node services';
  /** Omitted: everywhere. */
  readonly namespace?: string;
  /** `Forbidden`, `NotInstalled`, `TooMany`, … */
  readonly why: string;
}

/** One measurement of an object: the newest value, and how it compares with the time before. */
export interface MetricValue {
  readonly about: ObjectRef;
  readonly name: MetricName;
  readonly value: number;
  /** The usual value before the trouble, where a range was read. */
  readonly before?: number;
  readonly at: Instant;
}

export const METRICS = {
  cpuUse: 'cores that the pod uses',
  cpuThrottled: 'share of the scheduling periods in which the pod was throttled, 0 to 1',
  memoryUse: 'bytes of the working set of the pod',
  networkErrors: 'packets a second that were dropped or failed',
  roundTripMs: 'milliseconds of a request to it',
  diskUse: 'share of the file system that is used, 0 to 1',
} as const;
export type MetricName = keyof typeof METRICS;

/** The last lines of one container: of the run that failed where there is one. Oldest first. */
export interface LogLines {
  readonly pod: ObjectRef;
  readonly container?: string;
  readonly lines: readonly string[];
}

/** What a node says of a service that runs on it beside Kubernetes (systemd); only few clusters can be asked. */
export interface NodeService {
  readonly node: string;
  readonly service: string;
  readonly running: boolean;
  readonly text: string;
}

export interface SnapshotParts {
  readonly at: Instant;
  readonly objects: readonly KubeObject[];
  readonly events: readonly EventObject[];
  readonly metrics?: readonly MetricValue[];
  readonly logs?: readonly LogLines[];
  readonly nodeServices?: readonly NodeService[];
  readonly gaps?: readonly Gap[];
}

/** A chain of owners is Pod, ReplicaSet, Deployment; a Job of a CronJob, and what owns that, is one more each. */
const MAX_OWNERS = 5;

export class Snapshot {
  readonly at: Instant;
  readonly gaps: readonly Gap[];
  readonly nodeServices: readonly NodeService[];
  readonly #byKind = new Map<string, KubeObject[]>();
  readonly #byKey = new Map<string, KubeObject>();
  readonly #servicesOf = new Map<PodObject, readonly ServiceObject[]>();
  readonly #events: readonly EventObject[];
  readonly #metrics: readonly MetricValue[];
  readonly #logs: readonly LogLines[];
  #eventsByKey: ReadonlyMap<string, readonly EventObject[]> | undefined;
  #owned: ReadonlyMap<string, readonly KubeObject[]> | undefined;
  #podsByNode: ReadonlyMap<string, readonly PodObject[]> | undefined;
  #podsByLabel: ReadonlyMap<string, readonly PodObject[]> | undefined;
  #byNamespace: ReadonlyMap<string, readonly KubeObject[]> | undefined;
  #metricsByKey: ReadonlyMap<string, readonly MetricValue[]> | undefined;
  #logsByPod: ReadonlyMap<string, readonly LogLines[]> | undefined;

  constructor(parts: SnapshotParts) {
    this.at = parts.at;
    this.gaps = parts.gaps ?? [];
    this.nodeServices = parts.nodeServices ?? [];
    this.#events = parts.events;
    this.#metrics = parts.metrics ?? [];
    this.#logs = parts.logs ?? [];
    for (const object of parts.objects) {
      const same = this.#byKind.get(object.kind);
      if (same === undefined) this.#byKind.set(object.kind, [object]);
      else same.push(object);
      this.#byKey.set(refKey(refOf(object)), object);
    }
  }

  /** All objects of the kind, as they were handed in. */
  all<K extends AnalysisKind>(kind: K): readonly ObjectsByKind[K][] {
    return this.#byKind.get(kind) ?? [];
  }

  in<K extends AnalysisKind>(kind: K, namespace: string | undefined): readonly ObjectsByKind[K][] {
    this.#byNamespace ??= grouped(
      [...this.#byKind.values()].flat(),
      ({ kind: of, metadata }) => `${of}/${metadata.namespace ?? ''}`,
    );
    return this.#byNamespace.get(`${kind}/${namespace ?? ''}`) ?? [];
  }

  find<K extends AnalysisKind>(
    kind: K,
    { namespace, name }: { readonly namespace?: string | undefined; readonly name: string },
  ): ObjectsByKind[K] | undefined {
    const found = this.#byKey.get(refKey({ kind, ...(namespace !== undefined && { namespace }), name }));
    return found;
  }

  /** Whether absence of an object of this kind means that there is none. */
  sees(kind: Gap['kind'], namespace?: string): boolean {
    return !this.gaps.some((gap) => gap.kind === kind && (gap.namespace === undefined || gap.namespace === namespace));
  }

  /** Whether the object is there; undefined where that was not looked at. */
  has(kind: AnalysisKind, at: { readonly namespace?: string | undefined; readonly name: string }): boolean | undefined {
    if (this.find(kind, at) !== undefined) return true;
    return this.sees(kind, at.namespace) ? false : undefined;
  }

  /** Events about the object, oldest first, of at most the last hour's memory that a cluster keeps. */
  eventsOf(object: ObjectRef): readonly EventObject[] {
    if (this.#eventsByKey === undefined) {
      const byKey = new Map<string, EventObject[]>();
      for (const event of this.#events) {
        const subject = subjectOfEvent(event);
        if (subject === undefined) continue;
        const key = `${subject.kind}/${subject.namespace ?? ''}/${subject.name}`;
        const same = byKey.get(key);
        if (same === undefined) byKey.set(key, [event]);
        else same.push(event);
      }
      for (const same of byKey.values()) same.sort((a, b) => (eventTime(a) ?? 0) - (eventTime(b) ?? 0));
      this.#eventsByKey = byKey;
    }
    return this.#eventsByKey.get(refKey(object)) ?? [];
  }

  get objects(): readonly KubeObject[] {
    return [...this.#byKind.values()].flat();
  }

  get events(): readonly EventObject[] {
    return this.#events;
  }

  /** Objects whose controller is this one, by kind and name: a snapshot need not have UIDs. */
  ownedBy(owner: ObjectRef): readonly KubeObject[] {
    this.#owned ??= grouped([...this.#byKind.values()].flat(), ({ metadata }) => {
      const reference = controllerOf(metadata);
      return reference === undefined
        ? undefined
        : refKey({ ...reference, ...(metadata.namespace !== undefined && { namespace: metadata.namespace }) });
    });
    return this.#owned.get(refKey(owner)) ?? [];
  }

  /** The topmost owner that people write: the Deployment of a pod. Without one the object itself. */
  rootOf(object: KubeObject): ObjectRef {
    let at: ObjectRef = refOf(object);
    let metadata = object.metadata;
    for (let step = 0; step < MAX_OWNERS; step++) {
      const reference = controllerOf(metadata);
      if (reference === undefined) return at;
      const { namespace } = metadata;
      at = { kind: reference.kind, ...(namespace !== undefined && { namespace }), name: reference.name };
      const next = this.#byKey.get(refKey(at));
      if (next === undefined) return at;
      metadata = next.metadata;
    }
    return at;
  }

  /** The pods of a workload, also those that its ReplicaSets own. */
  podsOf(workload: KubeObject): readonly PodObject[] {
    const pods: PodObject[] = [];
    for (const owned of this.ownedBy(refOf(workload))) {
      if (owned.kind === 'Pod') pods.push(owned);
      else if (owned.kind === 'ReplicaSet') pods.push(...this.podsOf(owned));
    }
    return pods;
  }

  /** ReplicaSets of a Deployment, newest revision first. */
  revisionsOf(deployment: ObjectRef): readonly WorkloadObject[] {
    return this.ownedBy(deployment)
      .filter((owned) => owned.kind === 'ReplicaSet')
      .toSorted((a, b) => revisionOf(b) - revisionOf(a));
  }

  podsOn(node: string): readonly PodObject[] {
    this.#podsByNode ??= grouped(this.all('Pod'), ({ spec }) => spec?.nodeName);
    return this.#podsByNode.get(node) ?? [];
  }

  /** Pods of the namespace that the selector matches; an empty one matches all. */
  selected(namespace: string | undefined, selector: LabelSelector): readonly PodObject[] {
    const [first] = Object.entries(selector.matchLabels ?? {});
    const candidates =
      first === undefined ? this.in('Pod', namespace) : this.#labelled(`${namespace ?? ''}/${first[0]}=${first[1]}`);
    return candidates.filter(({ metadata }) => matches(selector, metadata.labels));
  }

  /** Services of its namespace that select the pod. */
  servicesOf(pod: PodObject): readonly ServiceObject[] {
    const known = this.#servicesOf.get(pod);
    if (known !== undefined) return known;
    const { namespace, labels } = pod.metadata;
    const found = this.in('Service', namespace).filter(({ spec }) => {
      const selector = Object.entries(spec?.selector ?? {});
      return selector.length > 0 && selector.every(([key, value]) => labels?.[key] === value);
    });
    this.#servicesOf.set(pod, found);
    return found;
  }

  metric(about: ObjectRef, name: MetricName): MetricValue | undefined {
    this.#metricsByKey ??= grouped(this.#metrics, ({ about: of }) => refKey(of));
    return this.#metricsByKey.get(refKey(about))?.find((one) => one.name === name);
  }

  /** Whether anything of that name was measured: rules that compare many objects ask this first. */
  measures(name: MetricName): boolean {
    return this.#metrics.some((one) => one.name === name);
  }

  logsOf(pod: ObjectRef): readonly LogLines[] {
    this.#logsByPod ??= grouped(this.#logs, ({ pod: of }) => refKey(of));
    return this.#logsByPod.get(refKey(pod)) ?? [];
  }

  #labelled(key: string): readonly PodObject[] {
    if (this.#podsByLabel === undefined) {
      const byLabel = new Map<string, PodObject[]>();
      for (const pod of this.all('Pod')) {
        for (const [name, value] of Object.entries(pod.metadata.labels ?? {})) {
          const of = `${pod.metadata.namespace ?? ''}/${name}=${value}`;
          const same = byLabel.get(of);
          if (same === undefined) byLabel.set(of, [pod]);
          else same.push(pod);
        }
      }
      this.#podsByLabel = byLabel;
    }
    return this.#podsByLabel.get(key) ?? [];
  }
}

const REVISION = 'deployment.kubernetes.io/revision';

export const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0);

const controllerOf = (metadata: KubeObject['metadata']): { readonly kind: string; readonly name: string } | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller === true) ?? metadata.ownerReferences?.[0];

function grouped<T>(items: readonly T[], keyOf: (item: T) => string | undefined): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const same = groups.get(key);
    if (same === undefined) groups.set(key, [item]);
    else same.push(item);
  }
  return groups;
}

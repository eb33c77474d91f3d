/**
 * One look at a target for the analysis: the caches tell how pods stand and what was said of them; some twenty reads
 * add what caches leave out: templates, Services, quotas, nodes. No lap waits for it.
 */
import { refKey, refOf } from '../../core/analysis/evidence.ts';
import { isUnscheduled, isUnwell } from '../../core/analysis/causes/facts.ts';
import type { PodObject, WorkloadObject } from '../../core/analysis/objects.ts';
import { type Gap, Snapshot } from '../../core/analysis/snapshot.ts';
import type { TargetRef } from '../../core/observation.ts';
import type { EventKey } from '../../core/relations.ts';
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { World } from '../world.ts';
import type { SaidOf } from './event-reader.ts';
import type { PartRead, PartReader } from './part-reader.ts';
import { partOf, type Read } from './parts.ts';

export interface LookSources {
  readonly clock: Pick<Clock, 'now'>;
  readonly world: Pick<World, 'byUid' | 'chainOf' | 'podsOf' | 'pods'>;
  readonly reader: Pick<PartReader, 'inNamespace' | 'list' | 'one'>;
  /** All Events about objects of these names. */
  readonly said: (names: readonly EventKey[], signal: AbortSignal) => Promise<SaidOf>;
}

/** A scene has no more pods of one workload. */
const MAX_PODS = 30;
/** Pods that the list has left out, and nodes of the pods that are unwell: one fails as the others do. */
const MAX_SINGLE = 3;
/** Of the namespace, as the caches have them: for the endpoints of Services. A snapshot of them takes a millisecond. */
const MAX_NEIGHBOURS = 1_000;
/** Of a Deployment: ten old ones are kept by default, and people raise that. */
const MAX_SETS = 50;
/** A cluster of 500 nodes tells why a pod fits nowhere; a larger one is looked at in part. */
const MAX_WIDE = 500;

/** What stands beside a workload in its namespace. */
const NEIGHBOURS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Service',
  'NetworkPolicy',
  'PersistentVolumeClaim',
  'ResourceQuota',
  'LimitRange',
  'PodDisruptionBudget',
  'HorizontalPodAutoscaler',
] as const satisfies readonly Read[];
/** Asked for only where a pod has no node: they are many, and say nothing about pods that run. */
const PLACES = ['Node', 'PersistentVolume', 'StorageClass'] as const satisfies readonly Read[];
/** The operator has no right to them; the kubelet's messages name the ones that are missing. */
const UNASKED = ['Ingress', 'ServiceAccount', 'ConfigMap', 'Secret'] as const satisfies readonly Read[];

export async function lookAt(from: LookSources, target: TargetRef, signal: AbortSignal): Promise<Snapshot> {
  const { world, reader, clock } = from;
  const seed = world.byUid(target.uid);
  const chain = seed === undefined ? [] : world.chainOf(seed);
  const seen = new Seen();
  if (seed !== undefined) seen.add([seed]);
  const top = chain.at(-1) ?? seed ?? named(target);
  const rootRead =
    partOf(top.kind) === undefined ? { items: [top] } : await reader.one(top.kind as Read, refOf(top), signal);
  seen.read(rootRead);
  const [root = top] = rootRead.items;
  const { namespace } = target;
  const reads: Promise<unknown>[] = [
    own(from, { root, target, cached: seed }, signal).then((read) => seen.read(read)),
    chain.length > 0 && partOf(target.kind) !== undefined
      ? reader.one(target.kind as Read, refOf(named(target)), signal).then((read) => seen.read(read))
      : Promise.resolve(),
    root.kind === 'Deployment' ? setsOf(reader, root, signal).then((read) => seen.read(read)) : Promise.resolve(),
  ];
  if (namespace !== undefined)
    for (const kind of NEIGHBOURS)
      reads.push(reader.inNamespace(kind, namespace, signal).then((read) => seen.read(read)));
  await Promise.all(reads);
  await places(from, seen, signal);
  if (namespace !== undefined) neighbours(from, seen, namespace);
  for (const kind of UNASKED) seen.gaps.push({ kind, why: 'not permitted' });
  seen.gaps.push({ kind: 'metrics', why: 'not read' }, { kind: 'logs', why: 'not permitted' });
  const objects = seen.objects();
  const { events, gaps } = await from.said(objects.map(subjectOf), signal);
  return new Snapshot({ at: clock.now(), objects, events, gaps: [...seen.gaps, ...gaps] });
}

/** As Events name it. */
const subjectOf = ({ kind, metadata: { namespace, name } }: KubeObject): EventKey => ({ kind, namespace, name });

const named = ({ apiVersion, kind, namespace, name, uid }: TargetRef): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, uid, ...(namespace !== undefined && { namespace }) },
});

class Seen {
  readonly gaps: Gap[] = [];
  readonly #byKey = new Map<string, KubeObject>();

  /** What was read now stands for what a cache had. */
  read({ items, gap }: PartRead): void {
    for (const item of items) this.#byKey.set(refKey(refOf(item)), item);
    if (gap !== undefined) this.gaps.push(gap);
  }

  add(objects: readonly KubeObject[]): void {
    for (const object of objects) {
      const key = refKey(refOf(object));
      if (!this.#byKey.has(key)) this.#byKey.set(key, object);
    }
  }

  objects(): readonly KubeObject[] {
    return [...this.#byKey.values()];
  }

  pods(): readonly PodObject[] {
    return this.objects().filter((object): object is PodObject => object.kind === 'Pod');
  }
}

interface Whose {
  readonly root: KubeObject;
  readonly target: TargetRef;
  readonly cached: KubeObject | undefined;
}

/** The pods of the target with their specs: thirty of them, and of those that are unwell at least three. */
async function own(from: LookSources, { root, target, cached }: Whose, signal: AbortSignal): Promise<PartRead> {
  const { world, reader, clock } = from;
  const { namespace } = target;
  if (root.kind === 'Node')
    return reader.list('Pod', { fieldSelector: `spec.nodeName=${root.metadata.name}`, limit: MAX_PODS, signal });
  if (namespace === undefined || root.kind === 'Pod') return { items: [] };
  const selector = (root as WorkloadObject).spec?.selector;
  const labelSelector = root.kind === 'Service' ? undefined : selectorText(selector);
  const listed =
    labelSelector === undefined
      ? { items: [] }
      : await reader.list('Pod', { namespace, labelSelector, limit: MAX_PODS, signal });
  const names = new Set(listed.items.map(({ metadata }) => metadata.name));
  const unwell = (cached === undefined ? [] : world.podsOf(cached)).filter(
    (pod) => !names.has(pod.metadata.name) && (labelSelector === undefined || isUnwell(pod, clock.now())),
  );
  const single = await Promise.all(
    unwell.slice(0, MAX_SINGLE).map(({ metadata: { name } }) => reader.one('Pod', { namespace, name }, signal)),
  );
  // That there are more pods than are read says nothing of those that are.
  return { items: [...listed.items, ...single.flatMap(({ items }) => items)] };
}

function setsOf(reader: LookSources['reader'], root: KubeObject, signal: AbortSignal): Promise<PartRead> {
  const { namespace } = root.metadata;
  const labelSelector = selectorText((root as WorkloadObject).spec?.selector);
  if (namespace === undefined || labelSelector === undefined) return Promise.resolve({ items: [] });
  return reader.list('ReplicaSet', { namespace, labelSelector, limit: MAX_SETS, signal });
}

/** The nodes of pods that are unwell; all nodes and volumes where one has found no place. */
async function places({ reader, clock }: LookSources, seen: Seen, signal: AbortSignal): Promise<void> {
  const pods = seen.pods();
  const now = clock.now();
  if (pods.some(isUnscheduled)) {
    for (const read of await Promise.all(PLACES.map((kind) => reader.list(kind, { limit: MAX_WIDE, signal }))))
      seen.read(read);
    return;
  }
  for (const kind of PLACES) seen.gaps.push({ kind, why: 'not read' });
  const nodes = new Set(pods.filter((pod) => isUnwell(pod, now)).flatMap(({ spec }) => spec?.nodeName ?? []));
  const some = [...nodes].filter((name) => name !== '').slice(0, MAX_SINGLE);
  for (const read of await Promise.all(some.map((name) => reader.one('Node', { name }, signal)))) seen.read(read);
}

function neighbours({ world }: LookSources, seen: Seen, namespace: string): void {
  const pods = world.pods.list(namespace);
  if (pods.length <= MAX_NEIGHBOURS) return seen.add(pods);
  seen.gaps.push({ kind: 'Pod', namespace, why: 'more than are read' });
}

/** As a query has it. https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#api */
function selectorText(selector: LabelSelector | undefined): string | undefined {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {};
  const parts = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
    }),
  ];
  return parts.length === 0 ? undefined : parts.join(',');
}

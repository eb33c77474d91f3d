/**
 * What belongs to one object: what owns it, its pods, and what these stand on. An episode is analysed by its scene,
 * whatever the size of the cluster.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { addressesOf, destinationOf } from './causes/service/addresses.ts';
import { isUnwell } from './causes/facts.ts';
import { type ObjectRef, refKey, refOf } from './evidence.ts';
import { type AnalysisKind, isPod, type PodObject, type PodSpec, type WorkloadObject } from './objects.ts';
import { referencesOf } from '../replacement/references.ts';
import { matches } from './selectors.ts';
import type { Snapshot } from './snapshot.ts';

/**
 * Pods of a workload fail alike: more of them add no cause. Unwell ones come first. Thirty cover the pods of most
 * workloads whole, and keep the analysis of an episode within five milliseconds.
 */
const MAX_PODS = 30;
/** Old ReplicaSets are kept for going back, ten by default; the newest two tell what changed. */
const MAX_SETS = 3;

const WITH_TEMPLATES: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job']);

/** Of a namespace: the workloads that are unwell, then what could be. Sixty of them fill a bundle. */
const MAX_OF_NAMESPACE = 60;
const OF_NAMESPACE = [
  'Service',
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'PersistentVolumeClaim',
  'NetworkPolicy',
  'Ingress',
] as const satisfies readonly AnalysisKind[];

export function sceneOf(snapshot: Snapshot, ref: ObjectRef): readonly KubeObject[] {
  if (ref.kind === 'Namespace') return sceneOfNamespace(snapshot, ref.name);
  const object = snapshot.find(ref.kind as AnalysisKind, ref);
  if (object === undefined) return [];
  const scene = new Map<string, KubeObject>();
  const add = (one: KubeObject | undefined): void => {
    if (one !== undefined) scene.set(refKey(refOf(one)), one);
  };
  add(object);
  const { namespace } = object.metadata;
  const pods = podsOf(object, snapshot);
  for (const pod of pods) {
    add(pod);
    add(find(snapshot, snapshot.rootOf(pod)));
    add(snapshot.find('Node', { name: pod.spec?.nodeName ?? '' }));
    for (const service of snapshot.servicesOf(pod)) add(service);
    for (const { persistentVolumeClaim } of pod.spec?.volumes ?? [])
      add(snapshot.find('PersistentVolumeClaim', { namespace, name: persistentVolumeClaim?.claimName ?? '' }));
  }
  const root = find(snapshot, snapshot.rootOf(object));
  add(root);
  const gathered = [...scene.values()];
  for (const one of gathered) {
    if (!WITH_TEMPLATES.has(one.kind)) continue;
    const workload = one as WorkloadObject;
    if (one.kind === 'Deployment') for (const set of snapshot.revisionsOf(refOf(one)).slice(0, MAX_SETS)) add(set);
    for (const neighbour of neighboursOf(workload, snapshot)) add(neighbour);
    for (const read of readBy(workload.spec?.template?.spec, workload.metadata.namespace, snapshot)) add(read);
  }
  for (const kind of ['ResourceQuota', 'LimitRange'] as const) for (const one of snapshot.in(kind, namespace)) add(one);
  // A pod without a node may have been overlooked: the nodes tell what their schedulers say.
  if (pods.some(({ spec }) => spec?.nodeName === undefined) && snapshot.nodeServices.length > 0)
    for (const one of snapshot.all('Node')) add(one);
  return [...scene.values()];
}

function sceneOfNamespace(snapshot: Snapshot, namespace: string): readonly KubeObject[] {
  const unwell = snapshot
    .in('Pod', namespace)
    .filter((pod) => isUnwell(pod, snapshot.at))
    .slice(0, MAX_PODS)
    .map((pod) => snapshot.rootOf(pod));
  const first = [...new Map(unwell.map((root) => [refKey(root), root])).values()];
  const scenes = first.flatMap((root) => sceneOf(snapshot, root));
  const rest = OF_NAMESPACE.flatMap((kind) => snapshot.in(kind, namespace).slice(0, MAX_OF_NAMESPACE));
  return [...new Set([...scenes, ...rest])].slice(0, MAX_OF_NAMESPACE);
}

const find = (snapshot: Snapshot, ref: ObjectRef): KubeObject | undefined =>
  snapshot.find(ref.kind as AnalysisKind, ref);

function podsOf(object: KubeObject, snapshot: Snapshot): readonly PodObject[] {
  const pods = ofObject(object, snapshot);
  if (pods.length <= MAX_PODS) return pods;
  const unwell = pods.filter((pod) => isUnwell(pod, snapshot.at));
  return [...unwell, ...pods.filter((pod) => !unwell.includes(pod))].slice(0, MAX_PODS);
}

function ofObject(object: KubeObject, snapshot: Snapshot): readonly PodObject[] {
  const { namespace, name } = object.metadata;
  if (isPod(object)) return [object];
  if (object.kind === 'Node') return snapshot.podsOn(name);
  if (object.kind === 'Service') {
    const { selector } = (object['spec'] ?? {}) as { readonly selector?: Readonly<Record<string, string>> };
    return selector === undefined ? [] : snapshot.selected(namespace, { matchLabels: selector });
  }
  if (object.kind === 'PersistentVolumeClaim')
    return snapshot
      .in('Pod', namespace)
      .filter(({ spec }) =>
        (spec?.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name),
      );
  return snapshot.podsOf(object);
}

/** Of one template more are rare, and each is a line of the bundle. */
const MAX_READ = 10;

/** The ConfigMaps and Secrets that its containers read. */
function readBy(spec: PodSpec | undefined, namespace: string | undefined, snapshot: Snapshot): readonly KubeObject[] {
  if (spec === undefined) return [];
  const named = referencesOf({ apiVersion: 'v1', kind: 'Pod', metadata: { name: '' }, spec }, []);
  return named
    .flatMap(({ kind, name }) =>
      kind === 'ConfigMap' || kind === 'Secret' ? (snapshot.find(kind, { namespace, name }) ?? []) : [],
    )
    .slice(0, MAX_READ);
}

/** Services that select its pods or that it names, and what limits, scales or shields it. */
function neighboursOf(workload: WorkloadObject, snapshot: Snapshot): readonly KubeObject[] {
  const { namespace, name } = workload.metadata;
  const template = workload.spec?.template;
  const labels = template?.metadata?.labels ?? {};
  const named = addressesOf(template?.spec).flatMap((address) => {
    const destination = destinationOf(address, namespace, snapshot);
    return destination.kind === 'service' ? [destination.service] : [];
  });
  const selecting = snapshot
    .in('Service', namespace)
    .filter(({ spec }) => spec?.selector !== undefined && matches({ matchLabels: spec.selector }, labels));
  // A Service of the same name was meant for it, whatever its selector says now.
  const namesake = snapshot.find('Service', { namespace, name });
  const scaling = snapshot
    .in('HorizontalPodAutoscaler', namespace)
    .filter(({ spec }) => spec?.scaleTargetRef?.kind === workload.kind && spec.scaleTargetRef.name === name);
  const shielding = snapshot
    .in('PodDisruptionBudget', namespace)
    .filter(({ spec }) => matches(spec?.selector ?? {}, labels));
  const policies = snapshot
    .in('NetworkPolicy', namespace)
    .filter(({ spec }) => matches(spec?.podSelector ?? {}, labels));
  return [...named, ...selecting, ...(namesake === undefined ? [] : [namesake]), ...scaling, ...shielding, ...policies];
}

/** Which object a series is about, by its labels alone. */
import type { MetricTrigger } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { groupOf } from '../relations.ts';

export interface Subject {
  readonly apiVersion?: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Where the series carries one: a series of the pod's predecessor of the same name is not about this pod. */
  readonly uid?: string;
}

/** In this order; the first label that is there names the object. */
export const LABELS_OF_KINDS: Readonly<Record<string, string>> = {
  pod: 'Pod',
  deployment: 'Deployment',
  statefulset: 'StatefulSet',
  daemonset: 'DaemonSet',
  job_name: 'Job',
  cronjob: 'CronJob',
  horizontalpodautoscaler: 'HorizontalPodAutoscaler',
  persistentvolumeclaim: 'PersistentVolumeClaim',
  service: 'Service',
  replicaset: 'ReplicaSet',
  poddisruptionbudget: 'PodDisruptionBudget',
};

/**
 * Prometheus adds these to all it scrapes, for the exporter's own pod; what the exporter said is then in `exported_pod`
 * and so on.
 * https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config (honor_labels)
 */
const OF_EXPORTERS: ReadonlySet<string> = new Set(['pod', 'service']);

const UID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

type Labels = Readonly<Record<string, string>>;
type Override = MetricTrigger['target'];

/** Undefined: the labels name no object, or not clearly one. */
export function subjectOf(labels: Labels, override: Override): Subject | undefined {
  if (override?.nameLabel !== undefined) return overridden(labels, override, override.nameLabel);
  const wanted = override?.kind;
  const found = namespaced(labels, override?.namespaceLabel) ?? ofCluster(labels);
  if (found === undefined) return undefined;
  if (wanted === undefined || found.kind === wanted) return found;
  if (wanted === 'Node' || wanted === 'PersistentVolume') {
    const other = ofCluster(labels);
    return other?.kind === wanted ? other : undefined;
  }
  const label = Object.keys(LABELS_OF_KINDS).find((name) => LABELS_OF_KINDS[name] === wanted);
  return label === undefined
    ? undefined
    : named(labels, { label, kind: wanted, namespaceLabel: override?.namespaceLabel });
}

function overridden(labels: Labels, override: NonNullable<Override>, nameLabel: string): Subject | undefined {
  const kind =
    override.kind ??
    LABELS_OF_KINDS[nameLabel.replace(/^exported_/, '')] ??
    (nameLabel === 'node' ? 'Node' : undefined);
  const name = text(labels, nameLabel);
  if (kind === undefined || name === undefined) return undefined;
  const namespace = text(labels, override.namespaceLabel ?? 'namespace');
  return {
    kind,
    name: kind === 'Node' ? hostOf(name) : name,
    ...given({
      apiVersion: override.apiVersion,
      namespace: namespace !== undefined && kind !== 'Node' ? namespace : undefined,
    }),
  };
}

function namespaced(labels: Labels, namespaceLabel: string | undefined): Subject | undefined {
  for (const [label, kind] of Object.entries(LABELS_OF_KINDS)) {
    const found = named(labels, { label, kind, namespaceLabel });
    if (found !== undefined) return found;
  }
  return undefined;
}

function named(
  labels: Labels,
  by: { label: string; kind: string; namespaceLabel: string | undefined },
): Subject | undefined {
  const exportedNamespace = by.namespaceLabel === undefined ? text(labels, 'exported_namespace') : undefined;
  const exported = text(labels, `exported_${by.label}`);
  // An exported name beside a namespace that is not: the namespace may be the exporter's own, so this names nobody for
  // certain.
  if (exported !== undefined && exportedNamespace === undefined && by.namespaceLabel === undefined) return undefined;
  const plain = exportedNamespace !== undefined && OF_EXPORTERS.has(by.label) ? undefined : text(labels, by.label);
  const name = exported ?? plain;
  const namespace = exportedNamespace ?? text(labels, by.namespaceLabel ?? 'namespace');
  if (name === undefined || namespace === undefined) return undefined;
  const uid = by.kind === 'Pod' ? text(labels, 'uid') : undefined;
  return { kind: by.kind, namespace, name, ...given({ uid: uid !== undefined && UID.test(uid) ? uid : undefined }) };
}

/** Nodes and volumes, which lie in no namespace. */
function ofCluster(labels: Labels): Subject | undefined {
  const name = text(labels, 'exported_node') ?? text(labels, 'node');
  if (name !== undefined) return { kind: 'Node', name };
  const volume = text(labels, 'persistentvolume');
  if (volume !== undefined) return { kind: 'PersistentVolume', name: volume };
  const instance = text(labels, 'instance');
  return instance === undefined ? undefined : { kind: 'Node', name: hostOf(instance) };
}

/** `node-1:9100` is about node-1. */
const hostOf = (instance: string): string => instance.replace(/:\d+$/, '');

/** PromQL knows no difference between an empty label and none. */
const text = (labels: Labels, name: string): string | undefined => labels[name] || undefined;

/** Of the kinds that labels name by themselves. These are Kubernetes' own; other groups have kinds of the same name. */
const GROUPS: Readonly<Record<string, string>> = {
  Pod: '',
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  Job: 'batch',
  CronJob: 'batch',
  HorizontalPodAutoscaler: 'autoscaling',
  PersistentVolumeClaim: '',
  Service: '',
  ReplicaSet: 'apps',
  PodDisruptionBudget: 'policy',
  PersistentVolume: '',
  Node: '',
};

/**
 * Whether an object that has the kind, namespace and name of the subject is the one that is meant: not its predecessor,
 * and not one of another group. A kind that the trigger names itself may be of any group, unless it names one.
 */
export function means(subject: Subject | undefined, object: KubeObject, override: Override): boolean {
  if (subject?.uid !== undefined && subject.uid !== object.metadata.uid) return false;
  const group = groupOf(object.apiVersion);
  if (subject?.apiVersion !== undefined) return groupOf(subject.apiVersion) === group;
  return subject === undefined || override?.kind !== undefined || (GROUPS[subject.kind] ?? group) === group;
}

/**
 * Of an object and its controllers, nearest first, the one to be healed: the outermost that the policy selects.
 * Restarting one pod of a Deployment that fails as a whole heals nothing.
 */
export function outermostSelected(
  chain: readonly KubeObject[],
  isSelected: (object: KubeObject) => boolean,
): KubeObject | undefined {
  return chain.findLast(isSelected);
}

/**
 * `kube_*_labels` and `kube_*_annotations`: labels and annotations that the configuration allows, as labels of a
 * series. A label `app.kubernetes.io/name` is `label_app_kubernetes_io_name`. An object that has none of them has its
 * series all the same.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/developer/cli-arguments.md
 */
import {
  type AllowList,
  METADATA_RESOURCES,
  type MetadataResource,
  type MetricAllowLists,
} from '../../../api/metric-allow-lists.ts';
import { identity, type KindFamilies, type LabelRecord, type Readable } from './family.ts';

interface OfResource extends Pick<KindFamilies, 'apiVersion' | 'kind'> {
  readonly prefix: string;
  /** The label that has the name of the object. */
  readonly name: string;
  readonly uid?: 'shown';
}

const BATCH = 'batch/v1';
const APPS = 'apps/v1';
const RESOURCES: Readonly<Record<MetadataResource, OfResource>> = {
  pods: { apiVersion: 'v1', kind: 'Pod', prefix: 'kube_pod', name: 'pod', uid: 'shown' },
  nodes: { apiVersion: 'v1', kind: 'Node', prefix: 'kube_node', name: 'node' },
  deployments: { apiVersion: APPS, kind: 'Deployment', prefix: 'kube_deployment', name: 'deployment' },
  statefulsets: { apiVersion: APPS, kind: 'StatefulSet', prefix: 'kube_statefulset', name: 'statefulset' },
  daemonsets: { apiVersion: APPS, kind: 'DaemonSet', prefix: 'kube_daemonset', name: 'daemonset' },
  replicasets: { apiVersion: APPS, kind: 'ReplicaSet', prefix: 'kube_replicaset', name: 'replicaset' },
  jobs: { apiVersion: BATCH, kind: 'Job', prefix: 'kube_job', name: 'job_name' },
  cronjobs: { apiVersion: BATCH, kind: 'CronJob', prefix: 'kube_cronjob', name: 'cronjob' },
  horizontalpodautoscalers: {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    prefix: 'kube_horizontalpodautoscaler',
    name: 'horizontalpodautoscaler',
  },
  poddisruptionbudgets: {
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    prefix: 'kube_poddisruptionbudget',
    name: 'poddisruptionbudget',
  },
  persistentvolumeclaims: {
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    prefix: 'kube_persistentvolumeclaim',
    name: 'persistentvolumeclaim',
  },
  persistentvolumes: {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    prefix: 'kube_persistentvolume',
    name: 'persistentvolume',
  },
  resourcequotas: { apiVersion: 'v1', kind: 'ResourceQuota', prefix: 'kube_resourcequota', name: 'resourcequota' },
  namespaces: { apiVersion: 'v1', kind: 'Namespace', prefix: 'kube_namespace', name: 'namespace' },
  services: { apiVersion: 'v1', kind: 'Service', prefix: 'kube_service', name: 'service', uid: 'shown' },
};

const MAPS = {
  labels: { list: 'metricLabelsAllowlist', prefix: 'label' },
  annotations: { list: 'metricAnnotationsAllowlist', prefix: 'annotation' },
} as const;
type MetadataMap = keyof typeof MAPS;

/** Every such family, allowed or not. */
const BY_FAMILY: ReadonlyMap<string, { readonly resource: MetadataResource; readonly map: MetadataMap }> = new Map(
  METADATA_RESOURCES.flatMap((resource) =>
    (['labels', 'annotations'] as const).map((map) => [`${RESOURCES[resource].prefix}_${map}`, { resource, map }]),
  ),
);

const EVERY = '*';
const allowedKeys = (list: AllowList, resource: MetadataResource): readonly string[] => [
  ...new Set([...(list[resource] ?? []), ...(list[EVERY] ?? [])]),
];

/** The families that the configuration allows, by kind. */
export const metadataKinds = (allowed: MetricAllowLists): readonly KindFamilies[] =>
  METADATA_RESOURCES.flatMap((resource) => {
    const { apiVersion, kind, prefix } = RESOURCES[resource];
    const made = (['labels', 'annotations'] as const).flatMap((map) => {
      const keys = allowedKeys(allowed[MAPS[map].list], resource);
      return keys.length === 0 ? [] : [{ map, keys, family: `${prefix}_${map}` }];
    });
    if (made.length === 0) return [];
    const families = Object.fromEntries(
      made.map(({ map, keys, family }) => [family, seriesOf({ resource, map, keys })]),
    );
    return [{ apiVersion, kind, fields: made.flatMap(fieldsOf), families }];
  });

export const allowedFamilies = (allowed: MetricAllowLists): ReadonlySet<string> =>
  new Set(metadataKinds(allowed).flatMap(({ families }) => Object.keys(families)));

/** Labels are always there. */
const fieldsOf = ({
  map,
  keys,
}: {
  readonly map: MetadataMap;
  readonly keys: readonly string[];
}): readonly string[] => {
  if (map === 'labels') return [];
  return keys.includes(EVERY) ? ['metadata.annotations'] : keys.map((key) => `metadata.annotations[${key}]`);
};

interface Series {
  readonly resource: MetadataResource;
  readonly map: MetadataMap;
  readonly keys: readonly string[];
}

function seriesOf({ resource, map, keys }: Series): KindFamilies['families'][string] {
  const { name, uid } = RESOURCES[resource];
  return (object, emit) => {
    const base = { ...identity(object, name), ...(uid === undefined ? {} : { uid: object.metadata.uid ?? '' }) };
    emit({ ...base, ...promLabels(object, { map, keys }) }, 1);
  };
}

/** Two keys that come to the same name are told apart by a number, in the order of the keys. */
function promLabels({ metadata }: Readable, { map, keys }: Omit<Series, 'resource'>): LabelRecord {
  const all = metadata[map] ?? {};
  const shown = (keys.includes(EVERY) ? Object.keys(all) : keys.filter((key) => Object.hasOwn(all, key))).toSorted();
  const named = shown.map((key) => ({ key, name: `${MAPS[map].prefix}_${snakeCase(key)}` }));
  return Object.fromEntries(
    named.map(({ key, name }) => {
      const same = named.filter((one) => one.name === name);
      const suffix = same.length === 1 ? '' : `_conflict${same.findIndex((one) => one.key === key) + 1}`;
      return [`${name}${suffix}`, all[key] ?? ''];
    }),
  );
}

const snakeCase = (key: string): string =>
  key
    .replaceAll(/[^a-zA-Z0-9_]/g, '_')
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase();

/** How a family can be allowed; empty for other families. */
export function allowListFor(family: string): string {
  const found = BY_FAMILY.get(family);
  if (found === undefined) return '';
  const example = found.map === 'labels' ? 'app' : 'example.com/owner';
  return `; \`${MAPS[found.map].list}: {${found.resource}: [${example}]}\` in the operator's configuration allows it, key by key`;
}

/** Which labels and annotations of objects the embedded source makes into `kube_*_labels` and `kube_*_annotations`. */
import * as z from 'zod';
import { field } from './fields.ts';

/** As kube-state-metrics names them. */
export const METADATA_RESOURCES = [
  'pods',
  'nodes',
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'jobs',
  'cronjobs',
  'horizontalpodautoscalers',
  'poddisruptionbudgets',
  'persistentvolumeclaims',
  'persistentvolumes',
  'resourcequotas',
  'namespaces',
  'services',
] as const;
export type MetadataResource = (typeof METADATA_RESOURCES)[number];

/** Each is one label more on a series of every object of the kind. */
const MAX_KEYS = 32;
/** A prefix of up to 253, a slash and a name of up to 63. */
const MAX_KEY = 317;

const allowList = (what: string, flag: string, example: string) =>
  field(
    z.partialRecord(z.enum([...METADATA_RESOURCES, '*']), z.array(z.string().min(1).max(MAX_KEY)).max(MAX_KEYS)),
    `Keys of ${what} that the embedded source makes into series, by resource, as \`--${flag}\` of kube-state-metrics does: \`${example}\`. \`*\` stands for every resource, or for every key of one. Without any there are no such series.`,
  );

export const allowListFields = {
  metricLabelsAllowlist: allowList('labels', 'metric-labels-allowlist', '{pods: [app, team]}').default({}),
  metricAnnotationsAllowlist: allowList(
    'annotations',
    'metric-annotations-allowlist',
    '{namespaces: [example.com/owner]}',
  ).default({}),
};

export type AllowList = Readonly<Partial<Record<MetadataResource | '*', readonly string[]>>>;

export interface MetricAllowLists {
  readonly metricLabelsAllowlist: AllowList;
  readonly metricAnnotationsAllowlist: AllowList;
}

export const NOTHING_ALLOWED: MetricAllowLists = { metricLabelsAllowlist: {}, metricAnnotationsAllowlist: {} };

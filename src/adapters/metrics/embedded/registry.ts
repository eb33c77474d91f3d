/** Every kind that becomes series, and which kind provides which family. */
import { CRON_JOB } from './cron-job.ts';
import { DAEMON_SET } from './daemon-set.ts';
import { DEPLOYMENT } from './deployment.ts';
import type { KindFamilies } from './family.ts';
import { HORIZONTAL_POD_AUTOSCALER } from './horizontal-pod-autoscaler.ts';
import { JOB } from './job.ts';
import { NAMESPACE } from './namespace.ts';
import { NODE } from './node.ts';
import { POD } from './pod.ts';
import { POD_DETAILS } from './pod-details.ts';
import { POD_DISRUPTION_BUDGET } from './pod-disruption-budget.ts';
import { REPLICA_SET } from './replica-set.ts';
import { RESOURCE_QUOTA } from './resource-quota.ts';
import { SERVICE } from './service.ts';
import { STATEFUL_SET } from './stateful-set.ts';
import { PERSISTENT_VOLUME, PERSISTENT_VOLUME_CLAIM } from './volumes.ts';

export const KINDS: readonly KindFamilies[] = [
  POD,
  POD_DETAILS,
  NODE,
  DEPLOYMENT,
  STATEFUL_SET,
  DAEMON_SET,
  REPLICA_SET,
  JOB,
  CRON_JOB,
  HORIZONTAL_POD_AUTOSCALER,
  POD_DISRUPTION_BUDGET,
  PERSISTENT_VOLUME_CLAIM,
  PERSISTENT_VOLUME,
  RESOURCE_QUOTA,
  NAMESPACE,
  SERVICE,
];

export const kindsByFamily = (kinds: readonly KindFamilies[]): ReadonlyMap<string, KindFamilies> =>
  new Map(kinds.flatMap((kind) => Object.keys(kind.families).map((family) => [family, kind] as const)));

const KIND_OF_FAMILY = kindsByFamily(KINDS);

/** From `metrics.k8s.io`, with the names of the kubelet's `/metrics/resource`, and the published short names. */
export const USAGE_FAMILIES: ReadonlySet<string> = new Set([
  'container_cpu_usage_seconds_total',
  'container_memory_working_set_bytes',
  'pod_cpu_usage_seconds_total',
  'pod_memory_working_set_bytes',
  'node_cpu_usage_seconds_total',
  'node_memory_working_set_bytes',
  'cpu_usage_percent',
  'memory_usage_percent',
  'memory_usage_bytes',
]);

export const isProvided = (family: string): boolean => KIND_OF_FAMILY.has(family) || USAGE_FAMILIES.has(family);

/** All names, for suggestions and documentation. */
export const FAMILIES: readonly string[] = [...KIND_OF_FAMILY.keys(), ...USAGE_FAMILIES].sort();

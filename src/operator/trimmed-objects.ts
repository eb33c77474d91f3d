/**
 * Objects with the fields that decisions read, and no others. What the caches hold is trimmed already; what was read
 * live has everything, annotations and environment variables included.
 */
import { trimmer } from '../kube/project.ts';
import { type Projection, projection } from '../kube/projection.ts';
import { StringPool } from '../kube/string-pool.ts';
import type { KeptFields } from '../core/triggers/expression.ts';
import type { KubeObject } from '../shapes/kube.ts';
import {
  MARKS,
  NAMESPACE_FIELDS,
  NODE_FIELDS,
  REPLICA_SET_FIELDS,
  TARGET_FIELDS,
  WORKLOAD_FIELDS,
} from './projections.ts';

/** Fewer than the cache has: metrics read resources, and a container's last words may be anything. */
const CONTAINER = [
  'name',
  'ready',
  'restartCount',
  'state.waiting',
  'state.running',
  'state.terminated.reason',
  'state.terminated.exitCode',
  'lastState.terminated.reason',
  'lastState.terminated.exitCode',
];
const POD = projection('decided-pod', [
  ...MARKS,
  'spec.restartPolicy',
  'status.phase',
  'status.reason',
  'status.message',
  'status.conditions',
  ...['status.containerStatuses', 'status.initContainerStatuses'].flatMap((list) =>
    CONTAINER.map((field) => `${list}.${field}`),
  ),
]);

const FIELDS: Readonly<Record<string, Projection>> = {
  'v1/Pod': POD,
  'v1/Node': NODE_FIELDS,
  'v1/Namespace': NAMESPACE_FIELDS,
  'apps/v1/ReplicaSet': REPLICA_SET_FIELDS,
  'apps/v1/Deployment': WORKLOAD_FIELDS,
  'apps/v1/StatefulSet': WORKLOAD_FIELDS,
  'apps/v1/DaemonSet': WORKLOAD_FIELDS,
};

/** The fields that decisions read of a kind, by the field at the top. */
export function decidedFields(apiVersion: string, kind: string): KeptFields {
  const { tree } = FIELDS[`${apiVersion}/${kind}`] ?? TARGET_FIELDS;
  if (tree === true) return {};
  const below = [...tree].map(([name, inner]) => [name, inner === true ? 'all' : [...inner.keys()]] as const);
  return { apiVersion: 'all', kind: 'all', ...Object.fromEntries(below) };
}

export function trimmed(object: KubeObject): KubeObject {
  const { apiVersion, kind } = object;
  const [version = '', group = ''] = apiVersion.split('/').toReversed();
  return trimmer({ group, version, kind }, FIELDS[`${apiVersion}/${kind}`] ?? TARGET_FIELDS, new StringPool())(object);
}

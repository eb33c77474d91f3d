/**
 * `kube_deployment_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/workload/deployment-metrics.md
 */
import {
  at,
  conditions,
  type Emit,
  gauge,
  identity,
  type KindFamilies,
  numberAt,
  owners,
  type Readable,
  textAt,
  time,
} from './family.ts';

const NAME = 'deployment';

/** The deployment controller's own; others are published as `unknown`, so that their number stays bounded. */
const REASONS: ReadonlySet<string> = new Set([
  '',
  'ReplicaSetUpdated',
  'ReplicaSetCreateError',
  'NewReplicaSetCreated',
  'FoundNewReplicaSet',
  'NewReplicaSetAvailable',
  'ProgressDeadlineExceeded',
  'DeploymentPaused',
  'DeploymentResumed',
  'MinimumReplicasAvailable',
  'MinimumReplicasUnavailable',
]);

function reasonOf(condition: unknown): { readonly reason: string } {
  const reason = textAt(condition, 'reason');
  return { reason: REASONS.has(reason) ? reason : 'unknown' };
}

/**
 * A number or a percentage of the replicas; surge is rounded up, unavailability down, as the deployment controller
 * does.
 */
const bound =
  (field: 'maxSurge' | 'maxUnavailable', round: (share: number) => number) =>
  (object: Readable, emit: Emit): void => {
    const replicas = numberAt(object, 'spec', 'replicas');
    const value = at(object, 'spec', 'strategy', 'rollingUpdate', field);
    if (replicas === undefined || (typeof value !== 'string' && typeof value !== 'number')) return;
    const absolute = typeof value === 'number' ? value : round((Number.parseInt(value, 10) * replicas) / 100);
    if (!Number.isNaN(absolute)) emit(identity(object, NAME), absolute);
  };

export const DEPLOYMENT: KindFamilies = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  fields: ['spec.replicas', 'spec.paused', 'spec.strategy', 'status'],
  families: {
    kube_deployment_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_deployment_deletion_timestamp: time(NAME, ['metadata', 'deletionTimestamp']),
    kube_deployment_owner: (object, emit) =>
      owners(NAME)(object, (labels, value) => {
        const { owner_is_controller: _, ...rest } = labels;
        emit(rest, value);
      }),
    kube_deployment_metadata_generation: gauge(NAME, ['metadata', 'generation'], 0),
    kube_deployment_spec_replicas: gauge(NAME, ['spec', 'replicas'], 1),
    kube_deployment_spec_paused: (object, emit) =>
      emit(identity(object, NAME), Number(at(object, 'spec', 'paused') === true)),
    kube_deployment_spec_strategy_rollingupdate_max_surge: bound('maxSurge', Math.ceil),
    kube_deployment_spec_strategy_rollingupdate_max_unavailable: bound('maxUnavailable', Math.floor),
    kube_deployment_status_replicas: gauge(NAME, ['status', 'replicas'], 0),
    // Only servers that count them say it.
    kube_deployment_status_terminating_replicas: gauge(NAME, ['status', 'terminatingReplicas']),
    kube_deployment_status_replicas_available: gauge(NAME, ['status', 'availableReplicas'], 0),
    kube_deployment_status_replicas_ready: gauge(NAME, ['status', 'readyReplicas'], 0),
    kube_deployment_status_replicas_unavailable: gauge(NAME, ['status', 'unavailableReplicas'], 0),
    kube_deployment_status_replicas_updated: gauge(NAME, ['status', 'updatedReplicas'], 0),
    kube_deployment_status_observed_generation: gauge(NAME, ['status', 'observedGeneration'], 0),
    kube_deployment_status_condition: conditions(NAME, reasonOf),
  },
};

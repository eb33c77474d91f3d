/**
 * Deployments and what is like them. https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/workload
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { scaled } from '../runtime/amounts.ts';
import { DAEMON_SETS, DEPLOYMENTS, REPLICA_SETS, STATEFUL_SETS } from '../runtime/resources.ts';
import type { IntOrString } from '../runtime/shapes.ts';
import {
  always,
  conditions,
  count,
  field,
  flag,
  instant,
  type KindMetrics,
  namedBy,
  owners,
  type Says,
  text,
} from './object-metrics.ts';

/** Other reasons are published as `unknown`, so that their number stays bounded. */
const DEPLOYMENT_REASONS = new Set([
  '',
  'DeploymentPaused',
  'DeploymentResumed',
  'FoundNewReplicaSet',
  'MinimumReplicasAvailable',
  'MinimumReplicasUnavailable',
  'NewReplicaSetAvailable',
  'NewReplicaSetCreated',
  'ProgressDeadlineExceeded',
  'ReplicaSetCreateError',
  'ReplicaSetUpdated',
]);

const deploymentReason = (condition: unknown): { readonly reason: string } => {
  const reason = text(condition, 'reason');
  return { reason: DEPLOYMENT_REASONS.has(reason) ? reason : 'unknown' };
};

const ofReplicas =
  (bound: 'maxSurge' | 'maxUnavailable', rounding: 'up' | 'down'): Says =>
  (object) => {
    const [value, replicas] = [field(object, `spec.strategy.rollingUpdate.${bound}`), field(object, 'spec.replicas')];
    if (value === undefined || typeof replicas !== 'number') return [];
    return [{ labels: {}, value: scaled(value as IntOrString, replicas, rounding) }];
  };

const CREATED = instant('metadata.creationTimestamp');
const DELETED = instant('metadata.deletionTimestamp');
const GENERATION = count('metadata.generation', 0);
const OBSERVED = count('status.observedGeneration', 0);

const deploymentOwners: Says = (object: KubeObject) =>
  owners(object).map(({ labels, value }) => ({
    labels: { owner_kind: labels['owner_kind'] ?? '', owner_name: labels['owner_name'] ?? '' },
    value,
  }));

export const WORKLOAD_METRICS: readonly KindMetrics[] = [
  {
    gvr: DEPLOYMENTS,
    identity: namedBy('deployment'),
    families: {
      kube_deployment_created: CREATED,
      kube_deployment_deletion_timestamp: DELETED,
      kube_deployment_owner: deploymentOwners,
      kube_deployment_metadata_generation: GENERATION,
      kube_deployment_spec_replicas: count('spec.replicas'),
      kube_deployment_spec_paused: flag('spec.paused'),
      kube_deployment_spec_strategy_rollingupdate_max_surge: ofReplicas('maxSurge', 'up'),
      kube_deployment_spec_strategy_rollingupdate_max_unavailable: ofReplicas('maxUnavailable', 'down'),
      kube_deployment_status_replicas: count('status.replicas', 0),
      kube_deployment_status_replicas_available: count('status.availableReplicas', 0),
      kube_deployment_status_replicas_ready: count('status.readyReplicas', 0),
      kube_deployment_status_replicas_unavailable: count('status.unavailableReplicas', 0),
      kube_deployment_status_replicas_updated: count('status.updatedReplicas', 0),
      kube_deployment_status_terminating_replicas: count('status.terminatingReplicas'),
      kube_deployment_status_observed_generation: OBSERVED,
      kube_deployment_status_condition: conditions('condition', deploymentReason),
    },
  },
  {
    gvr: STATEFUL_SETS,
    identity: namedBy('statefulset'),
    families: {
      kube_statefulset_created: CREATED,
      kube_statefulset_deletion_timestamp: DELETED,
      kube_statefulset_metadata_generation: GENERATION,
      kube_statefulset_replicas: count('spec.replicas'),
      kube_statefulset_status_replicas: count('status.replicas', 0),
      kube_statefulset_status_replicas_available: count('status.availableReplicas', 0),
      kube_statefulset_status_replicas_current: count('status.currentReplicas', 0),
      kube_statefulset_status_replicas_ready: count('status.readyReplicas', 0),
      kube_statefulset_status_replicas_updated: count('status.updatedReplicas', 0),
      kube_statefulset_status_observed_generation: OBSERVED,
      kube_statefulset_status_current_revision: always((object) => ({
        revision: text(object, 'status.currentRevision'),
      })),
      kube_statefulset_status_update_revision: always((object) => ({
        revision: text(object, 'status.updateRevision'),
      })),
    },
  },
  {
    gvr: DAEMON_SETS,
    identity: namedBy('daemonset'),
    families: {
      kube_daemonset_created: CREATED,
      kube_daemonset_deletion_timestamp: DELETED,
      kube_daemonset_metadata_generation: GENERATION,
      kube_daemonset_status_current_number_scheduled: count('status.currentNumberScheduled', 0),
      kube_daemonset_status_desired_number_scheduled: count('status.desiredNumberScheduled', 0),
      kube_daemonset_status_number_available: count('status.numberAvailable', 0),
      kube_daemonset_status_number_misscheduled: count('status.numberMisscheduled', 0),
      kube_daemonset_status_number_ready: count('status.numberReady', 0),
      kube_daemonset_status_number_unavailable: count('status.numberUnavailable', 0),
      kube_daemonset_status_updated_number_scheduled: count('status.updatedNumberScheduled', 0),
      kube_daemonset_status_observed_generation: OBSERVED,
    },
  },
  {
    gvr: REPLICA_SETS,
    identity: namedBy('replicaset'),
    families: {
      kube_replicaset_created: CREATED,
      kube_replicaset_metadata_generation: GENERATION,
      kube_replicaset_owner: owners,
      kube_replicaset_spec_replicas: count('spec.replicas'),
      kube_replicaset_status_replicas: count('status.replicas', 0),
      kube_replicaset_status_ready_replicas: count('status.readyReplicas', 0),
      kube_replicaset_status_fully_labeled_replicas: count('status.fullyLabeledReplicas', 0),
      kube_replicaset_status_observed_generation: OBSERVED,
      kube_replicaset_status_terminating_replicas: count('status.terminatingReplicas'),
    },
  },
];

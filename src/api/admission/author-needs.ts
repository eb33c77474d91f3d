/**
 * What the author of an action made by hand must be allowed to do by hand, for each type: at least what the requests of
 * the type ask of the API server. A type that reaches what no permission of Kubernetes speaks of (an endpoint, a
 * channel, a plugin) needs the verb `call` on healingactions, which no role has that we or Kubernetes make.
 */
import type { ActionType } from '../action-template.ts';
import { GROUP, HEALING_ACTION } from '../names.ts';

export interface Need {
  readonly verb: string;
  /** `target`: the object that the action names. Else a resource in the namespace of the target, or of the action. */
  readonly on: 'target' | { readonly group: string; readonly resource: string; readonly in: 'target' | 'action' };
  readonly subresource?: string;
  /** For the message: `evict pods in the target's namespace`. */
  readonly said: string;
}

const READ: Need = { verb: 'get', on: 'target', said: 'get the target' };
const PATCH: Need = { verb: 'patch', on: 'target', said: 'patch the target' };
const DELETE: Need = { verb: 'delete', on: 'target', said: 'delete the target' };
const SCALE: Need = { verb: 'patch', on: 'target', subresource: 'scale', said: 'patch the scale of the target' };
/** Of a node: in every namespace. */
const EVICT: Need = {
  verb: 'create',
  on: { group: '', resource: 'pods', in: 'target' },
  subresource: 'eviction',
  said: 'evict the pods of the target',
};
const RESIZE: Need = {
  verb: 'patch',
  on: { group: '', resource: 'pods', in: 'target' },
  subresource: 'resize',
  said: 'resize the pods of the target',
};
const AUTOSCALE: Need = {
  verb: 'patch',
  on: { group: 'autoscaling', resource: 'horizontalpodautoscalers', in: 'target' },
  said: 'patch the autoscaler of the target',
};
const RUN_JOB: Need = {
  verb: 'create',
  on: { group: 'batch', resource: 'jobs', in: 'action' },
  said: 'create jobs in the namespace of the action',
};
const READ_TEMPLATE: Need = {
  verb: 'get',
  on: { group: 'batch', resource: 'cronjobs', in: 'action' },
  said: 'get cronjobs in the namespace of the action',
};
const CALL: Need = {
  verb: 'call',
  on: { group: GROUP, resource: HEALING_ACTION.plural, in: 'action' },
  said: `use the verb call on ${HEALING_ACTION.plural}.${GROUP}`,
};

/** A type that is left out does not compile. */
export const AUTHOR_NEEDS: Readonly<Record<ActionType, readonly Need[]>> = {
  restart: [READ, PATCH, SCALE, EVICT],
  scale: [READ, PATCH, SCALE, AUTOSCALE],
  patch: [READ, PATCH],
  delete: [READ, DELETE, EVICT],
  custom: [READ, CALL],
  rollback: [READ, PATCH, EVICT],
  resize: [READ, PATCH, RESIZE],
  cordon: [READ, PATCH],
  drain: [READ, PATCH, EVICT],
  uncordon: [READ, PATCH],
  job: [READ, RUN_JOB, READ_TEMPLATE],
  webhook: [READ, CALL],
  notify: [READ, CALL],
};

/** The resources of kinds; no rule of CEL finds them. Of another kind the author needs the verbs on its whole group. */
export const RESOURCE_OF: Readonly<Record<string, string>> = {
  'v1/Pod': 'pods',
  'v1/Node': 'nodes',
  'v1/Namespace': 'namespaces',
  'v1/Service': 'services',
  'v1/ConfigMap': 'configmaps',
  'v1/PersistentVolumeClaim': 'persistentvolumeclaims',
  'v1/ReplicationController': 'replicationcontrollers',
  'apps/v1/Deployment': 'deployments',
  'apps/v1/StatefulSet': 'statefulsets',
  'apps/v1/DaemonSet': 'daemonsets',
  'apps/v1/ReplicaSet': 'replicasets',
  'batch/v1/Job': 'jobs',
  'batch/v1/CronJob': 'cronjobs',
  'autoscaling/v2/HorizontalPodAutoscaler': 'horizontalpodautoscalers',
  'autoscaling/v1/HorizontalPodAutoscaler': 'horizontalpodautoscalers',
  'policy/v1/PodDisruptionBudget': 'poddisruptionbudgets',
  'networking.k8s.io/v1/Ingress': 'ingresses',
};

/** What is special about each builtin kind, by `resource` or `resource.group`. A kind without an entry is stored as it comes. */
import { ACCESS_STRATEGIES } from '../../access/policy-strategies.ts';
import { DEFINITION_STRATEGY } from '../../crd/definition-strategy.ts';
import type { Strategy } from '../registry.ts';
import { CLAIM, CONFIG_MAP, CREATED_ON_UPDATE, EVENT, NAMESPACE, NODE, SECRET, SERVICE, VOLUME } from './core.ts';
import { POD } from './pod.ts';
import { CRON_JOB, DAEMON_SET, DEPLOYMENT, JOB, REPLICA_SET, REPLICATION_CONTROLLER, STATEFUL_SET } from './workloads.ts';

/** Written by controllers through both endpoints; the server only keeps the halves apart. */
const HALVES: Strategy = { generation: true, statusSeparate: true };

export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  ...ACCESS_STRATEGIES,
  'customresourcedefinitions.apiextensions.k8s.io': DEFINITION_STRATEGY,
  configmaps: CONFIG_MAP,
  pods: POD,
  namespaces: NAMESPACE,
  nodes: NODE,
  services: SERVICE,
  secrets: SECRET,
  events: EVENT,
  endpoints: CREATED_ON_UPDATE,
  limitranges: CREATED_ON_UPDATE,
  persistentvolumeclaims: CLAIM,
  persistentvolumes: VOLUME,
  replicationcontrollers: REPLICATION_CONTROLLER,
  serviceaccounts: { deleteAnswersObject: true },
  resourcequotas: { statusSeparate: true, createOnUpdate: true, deleteAnswersObject: true },
  'deployments.apps': DEPLOYMENT,
  'replicasets.apps': REPLICA_SET,
  'statefulsets.apps': STATEFUL_SET,
  'daemonsets.apps': DAEMON_SET,
  'jobs.batch': JOB,
  'cronjobs.batch': CRON_JOB,
  'poddisruptionbudgets.policy': {
    ...HALVES,
    prepareForCreate: (draft) => {
      draft['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
    },
  },
  'horizontalpodautoscalers.autoscaling': { statusSeparate: true },
  'leases.coordination.k8s.io': { createOnUpdate: true, updateNeedsVersion: true },
  'ingresses.networking.k8s.io': HALVES,
  'networkpolicies.networking.k8s.io': { generation: true },
};

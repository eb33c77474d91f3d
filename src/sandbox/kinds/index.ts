/**
 * What is special about builtin kinds, by `resource` or `resource.group`. A kind without an entry is stored as it
 * comes. The kinds that access control and custom kinds read have their strategies there.
 */
import type { Strategy } from '../machinery/registry.ts';
import { DAEMON_SET } from './daemon-set.ts';
import { CSI_DRIVER, CSI_NODE, CSI_STORAGE_CAPACITY, VOLUME_ATTACHMENT, VOLUME_ATTRIBUTES_CLASS } from './csi.ts';
import { FLOW_SCHEMA, PRIORITY_LEVEL } from './flow-control.ts';
import { IP_ADDRESS, SERVICE_CIDR } from './ip-address.ts';
import { API_SERVICE } from './api-service.ts';
import { AUTOSCALER } from './autoscaler.ts';
import { BUDGET } from './budget.ts';
import { CERTIFICATE_REQUEST } from './certificate-request.ts';
import { RESOURCE_CLAIM, RESOURCE_CLAIM_TEMPLATE } from './device-claim.ts';
import { DEVICE_CLASS } from './device-class.ts';
import { RESOURCE_SLICE } from './resource-slice.ts';
import { CONFIG_MAP } from './config-map.ts';
import { CRON_JOB } from './cron-job.ts';
import { ENDPOINT_SLICE } from './endpoint-slice.ts';
import { ENDPOINTS } from './endpoints.ts';
import { EVENT, NEW_EVENT } from './event.ts';
import { JOB } from './job.ts';
import { LEASE } from './lease.ts';
import { LIMIT_RANGE } from './limit-range.ts';
import { NAMESPACE } from './namespace.ts';
import { NETWORK_POLICY } from './network-policy.ts';
import { INGRESS, INGRESS_CLASS } from './networking.ts';
import { NODE } from './node.ts';
import { POD } from './pod.ts';
import { RESOURCE_QUOTA } from './resource-quota.ts';
import { RUNTIME_CLASS } from './runtime-class.ts';
import { PRIORITY_CLASS } from './scheduling.ts';
import { SECRET } from './secret.ts';
import { SERVICE } from './service.ts';
import { SERVICE_ACCOUNT } from './service-account.ts';
import { CLAIM } from './storage.ts';
import { STORAGE_CLASS } from './storage-class.ts';
import { VOLUME } from './volume.ts';
import {
  CONTROLLER_REVISION,
  DEPLOYMENT,
  POD_TEMPLATE,
  REPLICA_SET,
  REPLICATION_CONTROLLER,
  STATEFUL_SET,
} from './workloads.ts';

export const STRATEGIES: Readonly<Record<string, Strategy>> = {
  configmaps: CONFIG_MAP,
  pods: POD,
  namespaces: NAMESPACE,
  nodes: NODE,
  services: SERVICE,
  secrets: SECRET,
  events: EVENT,
  endpoints: ENDPOINTS,
  limitranges: LIMIT_RANGE,
  persistentvolumeclaims: CLAIM,
  persistentvolumes: VOLUME,
  podtemplates: POD_TEMPLATE,
  replicationcontrollers: REPLICATION_CONTROLLER,
  serviceaccounts: SERVICE_ACCOUNT,
  resourcequotas: RESOURCE_QUOTA,
  'controllerrevisions.apps': CONTROLLER_REVISION,
  'deployments.apps': DEPLOYMENT,
  'replicasets.apps': REPLICA_SET,
  'statefulsets.apps': STATEFUL_SET,
  'daemonsets.apps': DAEMON_SET,
  'jobs.batch': JOB,
  'cronjobs.batch': CRON_JOB,
  'poddisruptionbudgets.policy': BUDGET,
  'horizontalpodautoscalers.autoscaling': AUTOSCALER,
  'leases.coordination.k8s.io': LEASE,
  'events.events.k8s.io': NEW_EVENT,
  'ingresses.networking.k8s.io': INGRESS,
  'ingressclasses.networking.k8s.io': INGRESS_CLASS,
  'networkpolicies.networking.k8s.io': NETWORK_POLICY,
  'endpointslices.discovery.k8s.io': ENDPOINT_SLICE,
  'storageclasses.storage.k8s.io': STORAGE_CLASS,
  'csidrivers.storage.k8s.io': CSI_DRIVER,
  'csinodes.storage.k8s.io': CSI_NODE,
  'csistoragecapacities.storage.k8s.io': CSI_STORAGE_CAPACITY,
  'volumeattachments.storage.k8s.io': VOLUME_ATTACHMENT,
  'volumeattributesclasses.storage.k8s.io': VOLUME_ATTRIBUTES_CLASS,
  'flowschemas.flowcontrol.apiserver.k8s.io': FLOW_SCHEMA,
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': PRIORITY_LEVEL,
  'ipaddresses.networking.k8s.io': IP_ADDRESS,
  'servicecidrs.networking.k8s.io': SERVICE_CIDR,
  'certificatesigningrequests.certificates.k8s.io': CERTIFICATE_REQUEST,
  'apiservices.apiregistration.k8s.io': API_SERVICE,
  'resourceclaims.resource.k8s.io': RESOURCE_CLAIM,
  'resourceclaimtemplates.resource.k8s.io': RESOURCE_CLAIM_TEMPLATE,
  'deviceclasses.resource.k8s.io': DEVICE_CLASS,
  'resourceslices.resource.k8s.io': RESOURCE_SLICE,
  'runtimeclasses.node.k8s.io': RUNTIME_CLASS,
  'priorityclasses.scheduling.k8s.io': PRIORITY_CLASS,
};

import { event, look, make, pending, said, service, workload } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows, type Row } from '../../../../../test/kit/analysis/rows.ts';

const refused = (message: string, replicas = 0) =>
  look(workload({}, { set: { status: { replicas } } }), {
    events: [event(['ReplicaSet', 'web-1'], 'FailedCreate', `Error creating: pods "web-1-" is forbidden: ${message}`)],
  });

/** Nearly: another refusal. Against: all pods were made since. */
const row = (message: string, other = 'a reason that no rule knows'): Row => ({
  holds: refused(message),
  nearly: refused(other),
  against: refused(message, 1),
});
const quota = (resource: string) =>
  `exceeded quota: q, requested: ${resource}=1, used: ${resource}=10, limited: ${resource}=10`;

const full = (kind: string, used: string) =>
  make('ResourceQuota', 'q', { status: { hard: { [kind]: '3' }, used: { [kind]: used } } });
const calling = workload({ containers: [{ name: 'main', env: [{ name: 'API', value: 'catalog:80' }] }] });
const wantsClaim = (objects: Parameters<typeof look>[0]) =>
  look([pending(), ...objects], {
    events: [said('FailedScheduling', '0/1 nodes are available: persistentvolumeclaim "data" not found.')],
  });

holdsInRows({
  CpuQuotaExceeded: row(quota('requests.cpu'), quota('requests.memory')),
  MemoryQuotaExceeded: row(quota('limits.memory'), quota('limits.cpu')),
  PodQuotaExceeded: row(quota('pods'), quota('requests.cpu')),
  OtherQuotaExceeded: row(quota('requests.nvidia.com/gpu'), quota('pods')),
  ServiceAccountMissing: row(
    'error looking up service account shop/x: serviceaccount "x" not found',
    'serviceaccount is odd',
  ),
  PodSecurityForbids: row('violates PodSecurity "restricted:latest": privileged', 'violates another policy'),
  QuotaWantsLimits: row(
    'pods "web-1-x" is forbidden: failed quota: compute: must specify limits.cpu for: main; limits.memory for: main',
    quota('limits.cpu'),
  ),
  WebhookRefuses: row(
    'admission webhook "check.example" denied the request: no',
    'failed calling webhook "check.example": EOF',
  ),
  WebhookUnreachable: row(
    'failed calling webhook "check.example": EOF',
    'admission webhook "check.example" denied the request: no',
  ),
  LimitRangeForbids: row('maximum cpu usage per Container is 1, but limit is 2', quota('requests.cpu')),
  NamespaceTerminating: row('unable to create new content in namespace shop because it is being terminated'),
  PodInvalid: row('Pod "web-1-x" is invalid: spec.containers[0].image: Required value', 'the request is invalid'),
  StorageQuotaExceeded: {
    holds: wantsClaim([full('requests.storage', '0')]),
    // A quota of something else.
    nearly: wantsClaim([full('pods', '3')]),
    against: wantsClaim([full('requests.storage', '0'), make('PersistentVolumeClaim', 'data')]),
  },
  ServiceQuotaExceeded: {
    holds: look([full('services', '3'), service(), ...calling]),
    nearly: look([full('services', '2'), service(), ...calling]),
    // All that is asked for is there: a full quota is no fault.
    against: look([full('services', '3'), service(), service({ selector: { app: 'c' } }, 'catalog'), ...calling]),
  },
});

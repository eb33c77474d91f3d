/** One object of a kind on a server of its own, for tests of what the server says of it. */
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { type Draft, isObject } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';
import { refusedFields } from './refused-fields.ts';

const resource = (group: string, name: string): Gvr => ({ group, version: 'v1', resource: name });
const KINDS = {
  pods: resource('', 'pods'),
  jobs: resource('batch', 'jobs'),
  services: resource('', 'services'),
  secrets: resource('', 'secrets'),
  configMaps: resource('', 'configmaps'),
  accounts: resource('', 'serviceaccounts'),
  endpoints: resource('', 'endpoints'),
  slices: resource('discovery.k8s.io', 'endpointslices'),
  nodes: resource('', 'nodes'),
  events: resource('', 'events'),
  volumes: resource('', 'persistentvolumes'),
  autoscalers: resource('autoscaling', 'horizontalpodautoscalers'),
  daemonSets: resource('apps', 'daemonsets'),
  budgets: resource('policy', 'poddisruptionbudgets'),
  leases: resource('coordination.k8s.io', 'leases'),
  priorities: resource('scheduling.k8s.io', 'priorityclasses'),
  runtimes: resource('node.k8s.io', 'runtimeclasses'),
  classes: resource('storage.k8s.io', 'storageclasses'),
  attributes: resource('storage.k8s.io', 'volumeattributesclasses'),
  ingressClasses: resource('networking.k8s.io', 'ingressclasses'),
  clusterRoles: resource('rbac.authorization.k8s.io', 'clusterroles'),
  roleBindings: resource('rbac.authorization.k8s.io', 'rolebindings'),
} as const;
export type Kind = keyof typeof KINDS;
const CLUSTER_WIDE: readonly Kind[] = [
  'nodes',
  'volumes',
  'priorities',
  'runtimes',
  'classes',
  'attributes',
  'ingressClasses',
  'clusterRoles',
];

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const place = (kind: Kind) => (CLUSTER_WIDE.includes(kind) ? { name: 'x' } : { name: 'x', namespace: 'default' });
export const create = (kind: Kind, body: Draft, server = newServer()) =>
  server.cluster.create(KINDS[kind], {
    ...body,
    metadata: { ...place(kind), ...(body['metadata'] as object) },
  } as never);

const merged = (target: Draft, change: Draft): Draft => {
  for (const [name, value] of Object.entries(change)) {
    const present = target[name];
    target[name] = isObject(value) && isObject(present) ? merged(present, value) : value;
  }
  return target;
};
export const change = (kind: Kind, body: Draft, changed: Draft) => {
  const server = newServer();
  create(kind, body, server);
  return refusedFields(() =>
    server.cluster.modify(KINDS[kind], { namespace: '', ...place(kind) }, (draft) => merged(draft, changed) as never),
  );
};

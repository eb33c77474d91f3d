/**
 * EndpointSlices and Endpoints of Services with a selector.
 * https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, controllerRef, objectKey, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import { isPodFinished, isPodReady, isTerminating } from '../runtime/pods.ts';
import { ENDPOINT_SLICES, ENDPOINTS, NODES, PODS, SERVICES } from '../runtime/resources.ts';
import { Membership } from '../runtime/selectors.ts';
import type { Pod, Service, ServicePort } from '../runtime/shapes.ts';
import { stamped, TRIGGER_TIME, TriggerTimes } from './endpoint-trigger.ts';
import { removeExactly } from './ownership.ts';

/** --max-endpoints-per-slice, and the limit of Endpoints before they are truncated. */
const PER_SLICE = 100;
const PER_ENDPOINTS = 1000;

const SERVICE_LABEL = 'kubernetes.io/service-name';
const MANAGER = { 'endpointslice.kubernetes.io/managed-by': 'endpointslice-controller.k8s.io' };
const ZONE = 'topology.kubernetes.io/zone';

export function startEndpoints(context: Context): void {
  const members = new Membership();
  const times = new TriggerTimes();
  const queue = context.queue((key) => sync(key));
  context.watch(SERVICES, ({ type, object, old }) => {
    const key = keyOf(object);
    if (type === 'DELETED' || !hasSelector(object)) {
      members.deleteSelector(key);
      if (type === 'DELETED') queue.add(key);
      return;
    }
    const namespace = object.metadata.namespace ?? '';
    if (old === undefined || !equalJson(old.spec?.selector, object.spec?.selector))
      members.setSelector(
        key,
        { namespace, selector: { matchLabels: object.spec?.selector ?? {} } },
        context.list(PODS, namespace),
      );
    queue.add(key);
  });
  context.watch(PODS, ({ type, object, old }) => {
    const touched = members.update(object, type === 'DELETED' ? 'deleted' : 'present');
    if (touched.size === 0 || (old !== undefined && type === 'MODIFIED' && sameEndpoint(old, object))) return;
    for (const key of touched) queue.add(key);
  });

  function sync(key: string): void {
    const service = context.get(SERVICES, parseKey(key));
    if (service === undefined) {
      times.forget(key);
      // The slices go by their owner; Endpoints have none.
      const endpoints = context.get(ENDPOINTS, parseKey(key));
      if (endpoints?.metadata.labels?.[MANAGED] !== undefined) removeExactly(context, ENDPOINTS, endpoints);
      return;
    }
    if (!hasSelector(service)) return;
    const pods: Pod[] = [];
    for (const member of members.members(key)) {
      const pod = context.get(PODS, parseKey(member));
      if (pod?.status?.podIP !== undefined && !isPodFinished(pod)) pods.push(pod);
    }
    pods.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
    const placed = pods.filter((pod) => isPlaced(context, service, pod));
    const stamp = times.compute(service, pods);
    writeSlices(context, service, { pods: placed, stamp });
    writeEndpoints(context, service, { pods: placed, stamp });
  }
}

/** A pod of a node that is not there is left out, unless everything is to be published. */
const isPlaced = (context: Context, service: Service, pod: Pod): boolean =>
  service.spec?.publishNotReadyAddresses === true ||
  context.get(NODES, { name: pod.spec.nodeName ?? '' }) !== undefined;

/** What is to be published, and the time of the change that caused it, if any. */
interface Published {
  readonly pods: readonly Pod[];
  readonly stamp: string | undefined;
}

/** On the Endpoints that this controller made. */
const MANAGED = 'endpoints.kubernetes.io/managed-by';

const hasSelector = (service: Service): boolean =>
  Object.keys(service.spec?.selector ?? {}).length > 0 && service.spec?.type !== 'ExternalName';

const sameEndpoint = (a: Pod, b: Pod): boolean =>
  a.status?.podIP === b.status?.podIP &&
  isPodReady(a) === isPodReady(b) &&
  isPodFinished(a) === isPodFinished(b) &&
  isTerminating(a) === isTerminating(b) &&
  a.spec.nodeName === b.spec.nodeName &&
  equalJson(a.metadata.labels, b.metadata.labels);

/**
 * A named target port differs from pod to pod; the first pod that has it decides, as all pods of one template agree.
 */
function targetPort(port: ServicePort, pods: readonly Pod[]): number | undefined {
  if (typeof port.targetPort === 'number') return port.targetPort;
  if (port.targetPort === undefined) return port.port;
  for (const pod of pods)
    for (const container of pod.spec.containers)
      for (const own of container.ports ?? [])
        if (own.name === port.targetPort && (own.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
          return own.containerPort;
  return undefined;
}

function portsOf(service: Service, pods: readonly Pod[]): readonly Record<string, unknown>[] {
  const ports: Record<string, unknown>[] = [];
  for (const port of service.spec?.ports ?? []) {
    const number = targetPort(port, pods);
    if (number === undefined) continue;
    const appProtocol = port.appProtocol === undefined ? {} : { appProtocol: port.appProtocol };
    ports.push({ name: port.name ?? '', port: number, protocol: port.protocol ?? 'TCP', ...appProtocol });
  }
  return ports;
}

const reference = (pod: Pod): Record<string, string> => ({
  kind: 'Pod',
  namespace: pod.metadata.namespace ?? '',
  name: pod.metadata.name,
  uid: uidOf(pod),
});

function writeSlices(context: Context, service: Service, { pods, stamp }: Published): void {
  const existing = context
    .ownedBy(ENDPOINT_SLICES, uidOf(service))
    .filter(
      (slice) =>
        slice.metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ===
        MANAGER['endpointslice.kubernetes.io/managed-by'],
    );
  const anyway = service.spec?.publishNotReadyAddresses === true;
  const endpoints = pods.map((pod) => {
    const serving = isPodReady(pod);
    const zone = context.get(NODES, { name: pod.spec.nodeName ?? '' })?.metadata.labels?.[ZONE];
    return {
      addresses: [pod.status?.podIP ?? ''],
      conditions: { ready: anyway || (serving && !isTerminating(pod)), serving, terminating: isTerminating(pod) },
      ...(pod.spec.hostname !== undefined && pod.spec.subdomain === service.metadata.name
        ? { hostname: pod.spec.hostname }
        : {}),
      targetRef: reference(pod),
      ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
      ...(zone === undefined ? {} : { zone }),
    };
  });
  const ports = portsOf(service, pods);
  const chunks = Math.max(1, Math.ceil(endpoints.length / PER_SLICE));
  for (let i = 0; i < Math.max(chunks, existing.length); i++) {
    const slice = existing[i];
    const content = endpoints.slice(i * PER_SLICE, (i + 1) * PER_SLICE);
    // A slice of nothing names no ports either.
    const filled = content.length > 0 ? { endpoints: content, ports } : { endpoints: null, ports: null };
    if (slice === undefined) makeSlice(context, service, { filled, stamp });
    else if (i >= chunks) removeExactly(context, ENDPOINT_SLICES, slice);
    else if (
      !equalJson(slice['endpoints'] ?? null, filled.endpoints) ||
      !equalJson(slice['ports'] ?? null, filled.ports)
    )
      context.modify(ENDPOINT_SLICES, slice, (draft) => stamped({ ...draft, ...filled }, stamp));
  }
}

function makeSlice(
  context: Context,
  service: Service,
  { filled, stamp }: { readonly filled: object; readonly stamp: string | undefined },
): void {
  const headless = service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {};
  context.create(ENDPOINT_SLICES, {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${service.metadata.name}-`,
      namespace: service.metadata.namespace ?? '',
      labels: { ...service.metadata.labels, ...MANAGER, [SERVICE_LABEL]: service.metadata.name, ...headless },
      ownerReferences: [controllerRef(SERVICES, service)],
      ...(stamp === undefined ? {} : { annotations: { [TRIGGER_TIME]: stamp } }),
    },
    addressType: 'IPv4',
    ...filled,
  });
}

function writeEndpoints(context: Context, service: Service, { pods, stamp }: Published): void {
  const kept = pods.filter((pod) => !isTerminating(pod)).slice(0, PER_ENDPOINTS);
  const address = (pod: Pod): Record<string, unknown> => ({
    ip: pod.status?.podIP ?? '',
    ...(pod.spec.nodeName === undefined ? {} : { nodeName: pod.spec.nodeName }),
    targetRef: reference(pod),
  });
  const isServing = (pod: Pod): boolean => service.spec?.publishNotReadyAddresses === true || isPodReady(pod);
  const ready = kept.filter(isServing).map(address);
  const notReady = kept.filter((pod) => !isServing(pod)).map(address);
  const ports = portsOf(service, pods).map(({ name, ...port }) => (name === '' ? port : { name, ...port }));
  const subset = {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(notReady.length > 0 ? { notReadyAddresses: notReady } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  };
  const subsets = kept.length > 0 ? [subset] : [];
  const key = objectKey(service);
  const existing = context.get(ENDPOINTS, key);
  const labels = {
    ...service.metadata.labels,
    [MANAGED]: 'endpoint-controller',
    ...(service.spec?.clusterIP === 'None' ? { 'service.kubernetes.io/headless': '' } : {}),
  };
  if (existing === undefined) {
    const metadata: KubeObject['metadata'] = {
      name: service.metadata.name,
      namespace: service.metadata.namespace ?? '',
      labels,
      ...(stamp === undefined ? {} : { annotations: { [TRIGGER_TIME]: stamp } }),
    };
    context.create(ENDPOINTS, {
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata,
      ...(subsets.length > 0 ? { subsets } : {}),
    });
  } else if (!equalJson(existing['subsets'] ?? [], subsets))
    context.modify(ENDPOINTS, existing, (draft) => {
      draft['subsets'] = subsets;
      if (subsets.length === 0) delete draft['subsets'];
      return stamped(draft, stamp);
    });
}

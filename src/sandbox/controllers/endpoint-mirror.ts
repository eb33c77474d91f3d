/**
 * EndpointSlices of Endpoints that people write for Services without a selector:
 * pkg/controller/endpointslicemirroring of k8s.io/kubernetes.
 */
import { isIP, isIPv6 } from 'node:net';
import type { KubeObject } from '../../shapes/kube.ts';
import { asText, at, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { type Context, controllerRef, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../runtime/resources.ts';
import { removeExactly } from './ownership.ts';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
const MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
/** Annotations that are about the Endpoints themselves. */
const OWN_ANNOTATIONS = [
  'endpoints.kubernetes.io/last-change-trigger-time',
  'kubectl.kubernetes.io/last-applied-configuration',
];

/** --mirroring-max-endpoints-per-subset. */
const PER_SUBSET = 1000;

/** The addresses of one family behind one list of ports: they share a slice. */
interface Group {
  readonly addressType: 'IPv4' | 'IPv6';
  readonly ports: readonly Draft[];
  /** By what makes two addresses the same endpoint. */
  readonly endpoints: Map<string, Draft>;
}

export function startEndpointMirror(context: Context): void {
  const events = context.recorder('endpoint-slice-mirroring-controller');
  const queue = context.queue((key) => sync(context, events, key));
  context.watch(ENDPOINTS, ({ object, old }) => {
    if (isMirrored(object) || (old !== undefined && isMirrored(old))) queue.add(keyOf(object));
  });
  context.watch(SERVICES, ({ type, object, old }) => {
    const bare = object.spec?.selector === undefined;
    if (type === 'MODIFIED' ? bare !== (old?.spec?.selector === undefined) : bare) queue.add(keyOf(object));
  });
  context.watch(ENDPOINT_SLICES, ({ type, object, old }) => {
    const ours = [object, old].some((slice) => slice?.metadata.labels?.[MANAGED_BY] === MANAGER);
    const service = object.metadata.labels?.[SERVICE_LABEL];
    if (ours && type !== 'ADDED' && service !== undefined) queue.add(`${object.metadata.namespace ?? ''}/${service}`);
  });
}

const isMirrored = ({ metadata }: KubeObject): boolean =>
  metadata.labels?.[SKIP] !== 'true' && metadata.annotations?.[LEADER] === undefined;

function sync(context: Context, events: Recorder, key: string): void {
  const { namespace = '', name } = parseKey(key);
  const endpoints = context.get(ENDPOINTS, { namespace, name });
  const service = context.get(SERVICES, { namespace, name });
  const isOurs = (slice: KubeObject): boolean =>
    slice.metadata.labels?.[MANAGED_BY] === MANAGER && slice.metadata.labels[SERVICE_LABEL] === name;
  if (endpoints === undefined) {
    for (const slice of context.list(ENDPOINT_SLICES, namespace))
      if (isOurs(slice)) removeExactly(context, ENDPOINT_SLICES, slice);
    return;
  }
  const existing = context.ownedBy(ENDPOINT_SLICES, uidOf(endpoints)).filter(isOurs);
  if (!isMirrored(endpoints) || service === undefined || service.spec?.selector !== undefined) {
    for (const slice of existing) removeExactly(context, ENDPOINT_SLICES, slice);
    return;
  }
  write(context, endpoints, { existing, wanted: wantedGroups(endpoints, events) });
}

const keyOfGroup = (addressType: string, ports: readonly Draft[]): string =>
  JSON.stringify([
    addressType,
    ports
      .map(({ name, port, protocol, appProtocol }) => JSON.stringify([name ?? '', port, protocol, appProtocol]))
      .sort(),
  ]);

function wantedGroups(endpoints: KubeObject, events: Recorder): ReadonlyMap<string, Group> {
  const groups = new Map<string, Group>();
  let invalid = 0;
  let skipped = 0;
  for (const subset of objectsOf(endpoints['subsets'])) {
    const ports = objectsOf(subset['ports']).map((port) => ({ ...port, name: asText(port['name']) }));
    const addresses = [
      ...objectsOf(subset['addresses']).map((address) => [address, true] as const),
      ...objectsOf(subset['notReadyAddresses']).map((address) => [address, false] as const),
    ];
    let taken = 0;
    for (const [address, ready] of addresses) {
      const ip = asText(address['ip']);
      if (taken === PER_SUBSET) break;
      if (isIP(ip) === 0) {
        invalid++;
        continue;
      }
      taken++;
      const addressType = isIPv6(ip) ? 'IPv6' : 'IPv4';
      const key = keyOfGroup(addressType, ports);
      const group = groups.get(key) ?? { addressType, ports, endpoints: new Map() };
      groups.set(key, group);
      group.endpoints.set(identityOf(address), endpointOf(address, ready));
    }
    skipped += addresses.length - taken;
  }
  tell(endpoints, events, { invalid, skipped });
  return groups;
}

function tell(
  endpoints: KubeObject,
  events: Recorder,
  { invalid, skipped }: { invalid: number; skipped: number },
): void {
  if (invalid > 0)
    events.warning(
      endpoints,
      'InvalidIPAddress',
      `Skipped ${invalid} invalid IP addresses when mirroring to EndpointSlices`,
    );
  if (skipped > invalid)
    events.warning(
      endpoints,
      'TooManyAddressesToMirror',
      `A max of ${PER_SUBSET} addresses can be mirrored to EndpointSlices per Endpoints subset. ${skipped} addresses were skipped`,
    );
}

const identityOf = (address: Draft): string =>
  JSON.stringify([
    address['ip'],
    address['hostname'] ?? '',
    at(address, 'targetRef', 'namespace'),
    at(address, 'targetRef', 'name'),
  ]);

function endpointOf({ ip, hostname, nodeName, targetRef }: Draft, ready: boolean): Draft {
  return {
    addresses: [ip],
    conditions: { ready },
    ...(asText(hostname) === '' ? {} : { hostname }),
    ...(targetRef === undefined ? {} : { targetRef }),
    ...(nodeName === undefined ? {} : { nodeName }),
  };
}

interface Mirroring {
  readonly existing: readonly KubeObject[];
  readonly wanted: ReadonlyMap<string, Group>;
}

function write(context: Context, endpoints: KubeObject, { existing, wanted }: Mirroring): void {
  const spare: KubeObject[] = [];
  const slices = new Map<string, KubeObject>();
  for (const slice of existing) {
    const key = keyOfGroup(asText(slice['addressType']), objectsOf(slice['ports']));
    if (!wanted.has(key) || slices.has(key)) spare.push(slice);
    else slices.set(key, slice);
  }
  for (const [key, group] of wanted) {
    const own = slices.get(key);
    // A slice that is not needed any more becomes the one that is.
    const place = spare.findIndex((slice) => slice['addressType'] === group.addressType);
    const slice = own ?? (place < 0 ? undefined : spare.splice(place, 1)[0]);
    const content = contentOf(endpoints, group);
    if (slice === undefined) {
      if (endpoints.metadata.deletionTimestamp === undefined) context.create(ENDPOINT_SLICES, content);
    } else if (!isAsWanted(slice, content))
      context.modify(ENDPOINT_SLICES, slice, (draft) => {
        const { labels, annotations, ownerReferences } = content.metadata;
        // What is written anew has its name, and is made from no prefix any more.
        const { generateName: _, annotations: __, ...metadata } = draft.metadata;
        const told = annotations === undefined ? {} : { annotations };
        return { ...draft, ...content, metadata: { ...metadata, labels, ...told, ownerReferences } };
      });
  }
  for (const slice of spare) removeExactly(context, ENDPOINT_SLICES, slice);
}

function isAsWanted(slice: KubeObject, wanted: KubeObject): boolean {
  const sorted = (list: unknown) =>
    objectsOf(list)
      .map((each) => JSON.stringify(each, fieldsOf(each)))
      .sort();
  return (
    equalJson(sorted(slice['endpoints']), sorted(wanted['endpoints'])) &&
    equalJson(slice.metadata.labels, wanted.metadata.labels) &&
    equalJson(slice.metadata.annotations, wanted.metadata.annotations)
  );
}

/** All names of fields inside, sorted: the same text for equal objects. */
function fieldsOf(value: unknown, found: Set<string> = new Set()): string[] {
  if (Array.isArray(value)) for (const item of value) fieldsOf(item, found);
  else if (typeof value === 'object' && value !== null)
    for (const [name, item] of Object.entries(value)) {
      found.add(name);
      fieldsOf(item, found);
    }
  return [...found].sort();
}

function contentOf(endpoints: KubeObject, { addressType, ports, endpoints: members }: Group): KubeObject {
  const { name, namespace = '', labels, annotations } = endpoints.metadata;
  const told = Object.entries(annotations ?? {}).filter(([key]) => !OWN_ANNOTATIONS.includes(key));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_LABEL]: name, [MANAGED_BY]: MANAGER },
      ...(told.length === 0 ? {} : { annotations: Object.fromEntries(told) }),
      ownerReferences: [controllerRef(ENDPOINTS, endpoints)],
    },
    addressType,
    endpoints: [...members.values()].slice(0, PER_SUBSET),
    ports,
  };
}

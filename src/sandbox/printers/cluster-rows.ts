/** Rows of nodes, events, networking, storage, configuration and access. */
import { asList, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import {
  type Cell,
  conditionOf,
  containerCells,
  count,
  createdAge,
  labelsText,
  nameOf,
  NONE,
  orNone,
  type RowPrinter,
  selectorText,
  shown,
  sizeOf,
  text,
  UNKNOWN,
  UNSET,
} from './cell-texts.ts';
import { ageOf } from './human-duration.ts';

const node: RowPrinter = (object, now) => {
  const ready = conditionOf(object, 'Ready');
  const words = [ready === undefined ? 'Unknown' : ready['status'] === 'True' ? 'Ready' : 'NotReady'];
  if (at(object, 'spec', 'unschedulable') === true) words.push('SchedulingDisabled');
  const info = at(object, 'status', 'nodeInfo');
  const address = (type: string): string =>
    orNone(asText(objectsOf(at(object, 'status', 'addresses')).find((each) => each['type'] === type)?.['address']));
  const kernel = text(info, 'kernelVersion');
  const architecture = text(info, 'architecture');
  return [
    nameOf(object),
    words.join(','),
    roles(object),
    createdAge(object, now),
    text(info, 'kubeletVersion'),
    address('InternalIP'),
    address('ExternalIP'),
    text(info, 'osImage') || UNKNOWN,
    kernel === '' ? UNKNOWN : architecture === '' ? kernel : `${kernel} (${architecture})`,
    text(info, 'containerRuntimeVersion') || UNKNOWN,
  ];
};

const ROLE_LABEL = 'node-role.kubernetes.io/';

function roles(object: Draft): string {
  const labels = at(object, 'metadata', 'labels');
  const found = new Set<string>();
  for (const [key, value] of Object.entries(isObject(labels) ? labels : {})) {
    if (key.startsWith(ROLE_LABEL) && key.length > ROLE_LABEL.length) found.add(key.slice(ROLE_LABEL.length));
    else if (key === 'kubernetes.io/role' && asText(value) !== '') found.add(asText(value));
  }
  return orNone([...found].sort().join(','));
}

/** Of either group: events.k8s.io calls some fields otherwise. */
const event: RowPrinter = (object, now) => {
  const field = (core: string, other: string): unknown => object[core] ?? object[other];
  const involved = field('involvedObject', 'regarding');
  const source = field('source', 'deprecatedSource');
  const since = (value: unknown): string => ageOf(value, now);
  const firstAt = field('firstTimestamp', 'deprecatedFirstTimestamp');
  const first = since(firstAt ?? object['eventTime']);
  const lastAt = field('lastTimestamp', 'deprecatedLastTimestamp');
  const series = object['series'];
  const last = isObject(series)
    ? since(series['lastObservedTime'])
    : lastAt === undefined || lastAt === null
      ? first
      : since(lastAt);
  const times = isObject(series) ? count(series, 'count') : Number(field('count', 'deprecatedCount') ?? 0) || 1;
  const kind = text(involved, 'kind').toLowerCase();
  const component = text(source, 'component') || asText(field('reportingComponent', 'reportingController'));
  const host = text(source, 'host') || (text(source, 'component') === '' ? asText(object['reportingInstance']) : '');
  return [
    last,
    text(object, 'type'),
    text(object, 'reason'),
    text(involved, 'name') === '' ? kind : `${kind}/${text(involved, 'name')}`,
    text(involved, 'fieldPath'),
    host === '' ? component : `${component}, ${host}`,
    asText(field('message', 'note')).trim(),
    first,
    times,
    nameOf(object),
  ];
};

function externalIp(service: Draft): string {
  const type = text(service, 'spec', 'type');
  const given = asList(at(service, 'spec', 'externalIPs')).map(asText);
  if (type === 'ExternalName') return text(service, 'spec', 'externalName');
  if (type !== 'LoadBalancer') return orNone(given.join(','));
  const balancers = objectsOf(at(service, 'status', 'loadBalancer', 'ingress')).map(
    (each) => asText(each['ip']) || asText(each['hostname']),
  );
  const all = [...balancers, ...given].join(',');
  return all === '' ? '<pending>' : all;
}

function servicePorts(service: Draft): string {
  const ports = objectsOf(at(service, 'spec', 'ports')).map((port) => {
    const nodePort = count(port, 'nodePort');
    return `${count(port, 'port')}${nodePort > 0 ? `:${nodePort}` : ''}/${asText(port['protocol'])}`;
  });
  return orNone(ports.join(','));
}

const service: RowPrinter = (object, now) => [
  nameOf(object),
  text(object, 'spec', 'type'),
  orNone(asText(asList(at(object, 'spec', 'clusterIPs'))[0]) || text(object, 'spec', 'clusterIP')),
  externalIp(object),
  servicePorts(object),
  createdAge(object, now),
  labelsText(at(object, 'spec', 'selector')),
];

const ingress: RowPrinter = (object, now) => {
  const hosts = objectsOf(at(object, 'spec', 'rules'))
    .map((rule) => asText(rule['host']))
    .filter((host) => host !== '');
  const addresses = objectsOf(at(object, 'status', 'loadBalancer', 'ingress')).map(
    (each) => asText(each['ip']) || asText(each['hostname']),
  );
  return [
    nameOf(object),
    text(object, 'spec', 'ingressClassName') || NONE,
    hosts.length === 0 ? '*' : hosts.slice(0, 3).join(',') + (hosts.length > 3 ? ` + ${hosts.length - 3} more...` : ''),
    addresses.join(','),
    asList(at(object, 'spec', 'tls')).length > 0 ? '80, 443' : '80',
    createdAge(object, now),
  ];
};

/** A class's name, with a mark where one of the annotations makes it the default. */
const markedName = (object: Draft, annotations: readonly string[]): string =>
  annotations.some((key) => text(object, 'metadata', 'annotations', key) === 'true')
    ? `${nameOf(object)} (default)`
    : nameOf(object);

const ingressClass: RowPrinter = (object, now) => {
  const parameters = at(object, 'spec', 'parameters');
  const group = text(parameters, 'apiGroup');
  const reference = isObject(parameters)
    ? `${text(parameters, 'kind')}${group === '' ? '' : `.${group}`}/${text(parameters, 'name')}`
    : NONE;
  return [
    markedName(object, ['ingressclass.kubernetes.io/is-default-class']),
    text(object, 'spec', 'controller'),
    reference,
    createdAge(object, now),
  ];
};

/** Addresses shown before the rest is only counted. */
const MAX_ADDRESSES = 3;

const few = (values: readonly string[], absent: string): string =>
  values.length === 0
    ? absent
    : values.slice(0, MAX_ADDRESSES).join(',') +
      (values.length > MAX_ADDRESSES ? ` + ${values.length - MAX_ADDRESSES} more...` : '');

const endpoints: RowPrinter = (object, now) => {
  const all = objectsOf(object['subsets']).flatMap((subset) => {
    const addresses = objectsOf(subset['addresses']).map((each) => asText(each['ip']));
    const ports = objectsOf(subset['ports']);
    if (ports.length === 0) return addresses;
    return ports.flatMap((port) => addresses.map((ip) => `${ip}:${count(port, 'port')}`));
  });
  return [nameOf(object), few(all, NONE), createdAge(object, now)];
};

const endpointSlice: RowPrinter = (object, now) => [
  nameOf(object),
  text(object, 'addressType'),
  few(
    objectsOf(object['ports']).map((port) => shown(port['port'], asText(port['name']) || '*')),
    UNSET,
  ),
  few(
    objectsOf(object['endpoints']).flatMap((each) => asList(each['addresses']).map(asText)),
    UNSET,
  ),
  createdAge(object, now),
];

const MODES: Readonly<Record<string, string>> = {
  ReadWriteOnce: 'RWO',
  ReadOnlyMany: 'ROX',
  ReadWriteMany: 'RWX',
  ReadWriteOncePod: 'RWOP',
};
const modesText = (modes: unknown): string =>
  Object.keys(MODES)
    .filter((mode) => asList(modes).includes(mode))
    .map((mode) => MODES[mode])
    .join(',');

const phaseOf = (object: Draft): string =>
  at(object, 'metadata', 'deletionTimestamp') === undefined ? text(object, 'status', 'phase') : 'Terminating';

const classOf = (object: Draft): string =>
  text(object, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') ||
  text(object, 'spec', 'storageClassName');

const claim: RowPrinter = (object, now) => {
  const bound = text(object, 'spec', 'volumeName') !== '';
  return [
    nameOf(object),
    phaseOf(object),
    text(object, 'spec', 'volumeName'),
    bound ? shown(at(object, 'status', 'capacity', 'storage'), '0') : '',
    bound ? modesText(at(object, 'status', 'accessModes')) : '',
    classOf(object),
    shown(at(object, 'spec', 'volumeAttributesClassName'), UNSET),
    createdAge(object, now),
    shown(at(object, 'spec', 'volumeMode'), UNSET),
  ];
};

const volume: RowPrinter = (object, now) => {
  const reference = at(object, 'spec', 'claimRef');
  return [
    nameOf(object),
    shown(at(object, 'spec', 'capacity', 'storage'), '0'),
    modesText(at(object, 'spec', 'accessModes')),
    text(object, 'spec', 'persistentVolumeReclaimPolicy'),
    phaseOf(object),
    isObject(reference) ? `${text(reference, 'namespace')}/${text(reference, 'name')}` : '',
    classOf(object),
    shown(at(object, 'spec', 'volumeAttributesClassName'), UNSET),
    text(object, 'status', 'reason'),
    createdAge(object, now),
    shown(at(object, 'spec', 'volumeMode'), UNSET),
  ];
};

const DEFAULT_CLASS = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
];
const storageClass: RowPrinter = (object, now) => [
  markedName(object, DEFAULT_CLASS),
  text(object, 'provisioner'),
  text(object, 'reclaimPolicy') || 'Delete',
  text(object, 'volumeBindingMode') || 'Immediate',
  object['allowVolumeExpansion'] === true,
  createdAge(object, now),
];

const quota: RowPrinter = (object, now) => {
  const hard = at(object, 'status', 'hard');
  const [requests, limits]: [string[], string[]] = [[], []];
  for (const name of Object.keys(isObject(hard) ? hard : {}).sort()) {
    const entry = `${name}: ${shown(at(object, 'status', 'used', name), '0')}/${shown(at(hard, name), '0')}`;
    (name.startsWith('limits') ? limits : requests).push(entry);
  }
  return [nameOf(object), requests.join(', '), limits.join(', '), createdAge(object, now)];
};

function bindingCells(object: Draft, now: number): readonly Cell[] {
  const of = (kind: string): string =>
    objectsOf(object['subjects'])
      .filter((subject) => subject['kind'] === kind)
      .map((subject) =>
        kind === 'ServiceAccount'
          ? `${asText(subject['namespace'])}/${asText(subject['name'])}`
          : asText(subject['name']),
      )
      .join(', ');
  const role = `${text(object, 'roleRef', 'kind')}/${text(object, 'roleRef', 'name')}`;
  return [nameOf(object), role, createdAge(object, now), of('User'), of('Group'), of('ServiceAccount')];
}

const webhooks: RowPrinter = (object, now) => [
  nameOf(object),
  asList(object['webhooks']).length,
  createdAge(object, now),
];

export const CLUSTER_ROWS: Readonly<Record<string, RowPrinter>> = {
  nodes: node,
  events: event,
  'events.events.k8s.io': event,
  services: service,
  endpoints,
  'endpointslices.discovery.k8s.io': endpointSlice,
  'ingresses.networking.k8s.io': ingress,
  'ingressclasses.networking.k8s.io': ingressClass,
  'networkpolicies.networking.k8s.io': (object, now) => [
    nameOf(object),
    selectorText(at(object, 'spec', 'podSelector')),
    createdAge(object, now),
  ],
  namespaces: (object, now) => [nameOf(object), text(object, 'status', 'phase'), createdAge(object, now)],
  secrets: (object, now) => [nameOf(object), text(object, 'type'), sizeOf(object['data']), createdAge(object, now)],
  configmaps: (object, now) => [
    nameOf(object),
    sizeOf(object['data']) + sizeOf(object['binaryData']),
    createdAge(object, now),
  ],
  serviceaccounts: (object, now) => [nameOf(object), createdAge(object, now)],
  podtemplates: (object) => [
    nameOf(object),
    ...containerCells(at(object, 'template', 'spec')),
    labelsText(at(object, 'template', 'metadata', 'labels')),
  ],
  persistentvolumes: volume,
  persistentvolumeclaims: claim,
  resourcequotas: quota,
  'rolebindings.rbac.authorization.k8s.io': bindingCells,
  'clusterrolebindings.rbac.authorization.k8s.io': bindingCells,
  'leases.coordination.k8s.io': (object, now) => [
    nameOf(object),
    text(object, 'spec', 'holderIdentity'),
    createdAge(object, now),
  ],
  'storageclasses.storage.k8s.io': storageClass,
  'priorityclasses.scheduling.k8s.io': (object, now) => [
    nameOf(object),
    count(object, 'value'),
    object['globalDefault'] === true,
    createdAge(object, now),
    text(object, 'preemptionPolicy'),
  ],
  'runtimeclasses.node.k8s.io': (object, now) => [nameOf(object), text(object, 'handler'), createdAge(object, now)],
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
  'validatingwebhookconfigurations.admissionregistration.k8s.io': webhooks,
};

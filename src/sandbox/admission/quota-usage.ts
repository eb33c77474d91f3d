/**
 * What objects use of a quota. After k8s.io/kubernetes/pkg/quota/v1/evaluator/core and
 * k8s.io/apiserver/pkg/quota/v1/generic.
 */
import { parseQuantity, type Quantity } from '../../std/quantity.ts';
import { asNumber, asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { addAmounts, type Amounts, containerAmounts } from '../kinds/pod-amounts.ts';
import { qosClass } from '../kinds/qos.ts';
import { storageClassOf } from './default-classes.ts';

/** A kind's collection. */
export interface Counted {
  readonly group: string;
  readonly resource: string;
}

export type Usage = ReadonlyMap<string, Quantity>;

const ONE: Quantity = { nano: 1_000_000_000n, format: 'DecimalSI' };
const times = (count: number): Quantity => ({ ...ONE, nano: ONE.nano * BigInt(count) });
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';

export const idOf = ({ group, resource }: Counted): string => (group === '' ? resource : `${resource}.${group}`);
const countName = (type: Counted): string => `count/${idOf(type)}`;

/** What a pod asks for as a whole, where it says so, and its containers together. */
export function podAmounts(spec: unknown, list: 'requests' | 'limits'): Amounts {
  const sum = containerAmounts(spec, list);
  for (const [name, amount] of Object.entries(asObject(at(spec, 'resources', list)) ?? {})) {
    const quantity = parseQuantity(asText(amount));
    if (quantity) sum.set(name, quantity);
  }
  if (list === 'requests' || sum.size > 0) addAmounts(sum, at(spec, 'overhead'));
  return sum;
}

const PLAIN = ['cpu', 'memory', 'ephemeral-storage'];
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');

/** By the names that quotas give them. */
export function computeUsage(requests: Amounts, limits: Amounts): Map<string, Quantity> {
  const usage = new Map<string, Quantity>([['pods', ONE]]);
  for (const name of PLAIN) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (request) usage.set(name, request).set(`requests.${name}`, request);
    if (limit) usage.set(`limits.${name}`, limit);
  }
  for (const [name, request] of requests) {
    if (name.startsWith('hugepages-')) usage.set(name, request).set(`requests.${name}`, request);
    else if (!isNative(name)) usage.set(`requests.${name}`, request);
  }
  return usage;
}

/** Pods that are over, or should be, use nothing but their place in the store. */
function isOver(pod: unknown, now: number): boolean {
  if (['Succeeded', 'Failed'].includes(asText(at(pod, 'status', 'phase')))) return true;
  const deleted = asText(at(pod, 'metadata', 'deletionTimestamp'));
  const grace = asNumber(at(pod, 'metadata', 'deletionGracePeriodSeconds'));
  return deleted !== '' && grace !== undefined && now > (fromTimestamp(deleted) ?? now) + grace * 1000;
}

function podUsage(pod: unknown, now: number): Usage {
  const count: readonly [string, Quantity] = ['count/pods', ONE];
  if (isOver(pod, now)) return new Map([count]);
  const spec = at(pod, 'spec');
  return new Map([...computeUsage(podAmounts(spec, 'requests'), podAmounts(spec, 'limits')), count]);
}

function serviceUsage(service: unknown): Usage {
  const ports = objectsOf(at(service, 'spec', 'ports'));
  const type = asText(at(service, 'spec', 'type'));
  const balanced = type === 'LoadBalancer';
  const few = at(service, 'spec', 'allocateLoadBalancerNodePorts') === false;
  const given = ports.filter((port) => asNumber(port['nodePort'])).length;
  const nodePorts = type === 'NodePort' || (balanced && !few) ? ports.length : balanced ? given : 0;
  return new Map([
    ['count/services', ONE],
    ['services', ONE],
    ['services.loadbalancers', times(balanced ? 1 : 0)],
    ['services.nodeports', times(nodePorts)],
  ]);
}

function claimUsage(claim: unknown): Usage {
  const usage = new Map<string, Quantity>([
    ['persistentvolumeclaims', ONE],
    ['count/persistentvolumeclaims', ONE],
  ]);
  const storageClass = storageClassOf(claim);
  if (storageClass !== '') usage.set(`${storageClass}${CLASS_SUFFIX}persistentvolumeclaims`, ONE);
  const asked = parseQuantity(asText(at(claim, 'spec', 'resources', 'requests', 'storage')));
  if (!asked) return usage;
  const allocated = parseQuantity(asText(at(claim, 'status', 'allocatedResources', 'storage')));
  const storage = allocated && allocated.nano > asked.nano ? allocated : asked;
  usage.set('requests.storage', storage);
  if (storageClass !== '') usage.set(`${storageClass}${CLASS_SUFFIX}requests.storage`, storage);
  return usage;
}

/** Kinds that are counted by their plain name as well. */
const ALIASES = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

export function usageOf(type: Counted, object: unknown, now: number): Usage {
  switch (idOf(type)) {
    case 'pods':
      return podUsage(object, now);
    case 'services':
      return serviceUsage(object);
    case 'persistentvolumeclaims':
      return claimUsage(object);
    default:
      return new Map(namesOf(type).map((name) => [name, ONE]));
  }
}

const namesOf = (type: Counted): readonly string[] => [
  countName(type),
  ...(type.group === '' && ALIASES.has(type.resource) ? [type.resource] : []),
];

const POD_NAMES = new Set([
  'count/pods',
  'pods',
  ...['cpu', 'memory', 'ephemeral-storage'].flatMap((name) => [name, `requests.${name}`, `limits.${name}`]),
]);
const SERVICE_NAMES = new Set(['count/services', 'services', 'services.nodeports', 'services.loadbalancers']);
const CLAIM_NAMES = new Set(['count/persistentvolumeclaims', 'persistentvolumeclaims', 'requests.storage']);

const isPodName = (name: string): boolean =>
  POD_NAMES.has(name) ||
  /^(requests\.)?hugepages-/.test(name) ||
  (name.startsWith('requests.') && !isNative(name.slice('requests.'.length)));
const isClaimName = (name: string): boolean =>
  CLAIM_NAMES.has(name) ||
  name.endsWith(`${CLASS_SUFFIX}persistentvolumeclaims`) ||
  name.endsWith(`${CLASS_SUFFIX}requests.storage`);

/** Whether objects of the kind can use this. */
export function matches(type: Counted, name: string): boolean {
  switch (idOf(type)) {
    case 'pods':
      return isPodName(name) && !isClaimName(name);
    case 'services':
      return SERVICE_NAMES.has(name);
    case 'persistentvolumeclaims':
      return isClaimName(name);
    default:
      return namesOf(type).includes(name);
  }
}

/** The kind whose objects use this; undefined for what no kind uses. */
export function countedKind(name: string): Counted | undefined {
  for (const resource of ['pods', 'services', 'persistentvolumeclaims'])
    if (matches({ group: '', resource }, name)) return { group: '', resource };
  const id = name.startsWith('count/') ? name.slice('count/'.length) : ALIASES.has(name) ? name : undefined;
  if (id === undefined) return undefined;
  const dot = id.indexOf('.');
  return dot < 0 ? { group: '', resource: id } : { group: id.slice(dot + 1), resource: id.slice(0, dot) };
}

interface Selector {
  readonly scopeName: string;
  readonly operator: string;
  readonly values: readonly string[];
}

function selectorsOf(quota: unknown): readonly Selector[] {
  const list = at(quota, 'spec', 'scopes');
  const plain = (Array.isArray(list) ? list : []).map((scope) => ({
    scopeName: asText(scope),
    operator: 'Exists',
    values: [],
  }));
  return [
    ...plain,
    ...objectsOf(at(quota, 'spec', 'scopeSelector', 'matchExpressions')).map((expression) => ({
      scopeName: asText(expression['scopeName']),
      operator: asText(expression['operator']),
      values: (Array.isArray(expression['values']) ? expression['values'] : []).map(asText),
    })),
  ];
}

function selects({ operator, values }: Selector, value: string): boolean {
  if (operator === 'Exists') return value !== '';
  if (operator === 'DoesNotExist') return value === '';
  return operator === 'In' ? value !== '' && values.includes(value) : value === '' || !values.includes(value);
}

const elsewhere = (term: unknown): boolean =>
  objectsOf([term]).some(
    (each) =>
      (Array.isArray(each['namespaces']) && each['namespaces'].length > 0) || each['namespaceSelector'] !== undefined,
  );

function looksElsewhere(pod: unknown): boolean {
  return ['podAffinity', 'podAntiAffinity'].some((kind) => {
    const affinity = asObject(at(pod, 'spec', 'affinity', kind)) ?? {};
    return (
      objectsOf(affinity['requiredDuringSchedulingIgnoredDuringExecution']).some(elsewhere) ||
      objectsOf(affinity['preferredDuringSchedulingIgnoredDuringExecution']).some((each) =>
        elsewhere(each['podAffinityTerm']),
      )
    );
  });
}

function podInScope(pod: unknown, selector: Selector): boolean {
  const deadline = asNumber(at(pod, 'spec', 'activeDeadlineSeconds'));
  const ends = deadline !== undefined && deadline >= 0;
  const spec: Draft = asObject(at(pod, 'spec')) ?? {};
  switch (selector.scopeName) {
    case 'Terminating':
      return ends;
    case 'NotTerminating':
      return !ends;
    case 'BestEffort':
      return qosClass(spec) === 'BestEffort';
    case 'NotBestEffort':
      return qosClass(spec) !== 'BestEffort';
    case 'PriorityClass':
      return selects(selector, asText(spec['priorityClassName']));
    default:
      return selector.scopeName === 'CrossNamespacePodAffinity' && looksElsewhere(pod);
  }
}

/** Whether the quota is about this object, as far as its scopes go. */
export function inScope(quota: unknown, type: Counted, object: unknown): boolean {
  const id = idOf(type);
  return selectorsOf(quota).every((selector) => {
    if (id === 'pods') return podInScope(object, selector);
    if (id !== 'persistentvolumeclaims' || selector.scopeName !== 'VolumeAttributesClass') return false;
    return selects(selector, asText(at(object, 'spec', 'volumeAttributesClassName')));
  });
}

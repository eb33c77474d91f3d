/**
 * ResourceQuota for pods and counted objects. Usage is counted from the store when something is made in a namespace
 * that has a quota: nothing can get out of step, and namespaces without a quota pay nothing. As with the real server
 * nothing is let in before a controller has taken note of the quota in its status.
 * https://kubernetes.io/docs/concepts/policy/resource-quotas/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { formatQuantity, parseQuantity, type Quantity } from '../../std/quantity.ts';
import { forbidden } from '../machinery/errors.ts';
import { asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionPlugin } from '../machinery/machinery.ts';

/** Short names of the amounts of pods. */
const COMPUTE: Readonly<Record<string, readonly [list: 'requests' | 'limits', name: string]>> = {
  cpu: ['requests', 'cpu'],
  memory: ['requests', 'memory'],
  'requests.cpu': ['requests', 'cpu'],
  'requests.memory': ['requests', 'memory'],
  'limits.cpu': ['limits', 'cpu'],
  'limits.memory': ['limits', 'memory'],
};
/** Kinds that may be counted by their plain name. */
const COUNTED = new Set([
  'pods',
  'services',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'replicationcontrollers',
  'resourcequotas',
]);

const NANO = 1_000_000_000n;
const nanoOf = (amount: unknown): bigint => parseQuantity(asText(amount))?.nano ?? 0n;

/** A kind's collection. */
interface Counted {
  readonly group: string;
  readonly resource: string;
}

/** What one object adds to a quota's resource, in billionths. Undefined: nothing to do with it. */
function usageOf(type: Counted, object: unknown, resource: string): bigint | undefined {
  const id = type.group === '' ? type.resource : `${type.resource}.${type.group}`;
  if (resource === `count/${id}` || (type.group === '' && resource === type.resource && COUNTED.has(resource)))
    return NANO;
  const compute = COMPUTE[resource];
  if (!compute || id !== 'pods') return undefined;
  const amountsOf = (list: string): readonly bigint[] =>
    objectsOf(at(object, 'spec', list)).map((container) => nanoOf(at(container, 'resources', ...compute)));
  const sum = amountsOf('containers').reduce((a, b) => a + b, 0n);
  // Init containers run one after the other, before the others: the largest counts.
  return amountsOf('initContainers').reduce((a, b) => (b > a ? b : a), sum);
}

const isDone = (object: KubeObject): boolean => ['Succeeded', 'Failed'].includes(asText(at(object, 'status', 'phase')));

/** Of the objects of a kind, in billionths. */
export function usedBy(type: Counted, objects: Iterable<KubeObject>, resource: string): bigint {
  let used = 0n;
  for (const object of objects) {
    if (type.resource === 'pods' && isDone(object)) continue;
    used += usageOf(type, object, resource) ?? 0n;
  }
  return used;
}

/** The kind that a quota's resource counts; undefined for what is not counted here. */
export function countedKind(resource: string): Counted | undefined {
  if (COMPUTE[resource]) return { group: '', resource: 'pods' };
  const id = resource.startsWith('count/')
    ? resource.slice('count/'.length)
    : COUNTED.has(resource)
      ? resource
      : undefined;
  if (id === undefined) return undefined;
  const dot = id.indexOf('.');
  return dot < 0 ? { group: '', resource: id } : { group: id.slice(dot + 1), resource: id.slice(0, dot) };
}

export const shown = (nano: bigint, like: Quantity): string => formatQuantity({ ...like, nano });

/** What the pod must say because the quota limits it. */
function unsaid(object: Draft, hard: Draft): readonly string[] {
  const containers = [
    ...objectsOf(at(object, 'spec', 'containers')),
    ...objectsOf(at(object, 'spec', 'initContainers')),
  ];
  return Object.keys(hard).filter((resource) => {
    const compute = COMPUTE[resource];
    return (
      compute !== undefined && containers.some((container) => at(container, 'resources', ...compute) === undefined)
    );
  });
}

export const resourceQuota: AdmissionPlugin = {
  validate: ({ operation, type, subresource, namespace, name, object }, machinery) => {
    if (!object || operation !== 'CREATE' || subresource !== '' || namespace === '') return;
    for (const [, quota] of machinery.store.collection('resourcequotas').scan(`${namespace}/`)) {
      const hard = asObject(at(quota, 'spec', 'hard')) ?? {};
      const title = quota.metadata.name;
      const concerned = Object.keys(hard)
        .sort()
        .filter((resource) => usageOf(type, object, resource) !== undefined);
      if (concerned.length === 0) continue;
      if (type.resource === 'pods' && type.group === '') {
        const missing = unsaid(object, hard);
        if (missing.length > 0)
          throw forbidden(type, name, `failed quota: ${title}: must specify ${[...missing].sort().join(',')}`);
      }
      const known = asObject(at(quota, 'status', 'hard')) ?? {};
      const unknown = concerned.filter((resource) => known[resource] === undefined);
      if (unknown.length > 0)
        throw forbidden(type, name, `status unknown for quota: ${title}, resources: ${unknown.join(',')}`);
      const present = [...machinery.store.collection(type.storageKey).scan(`${namespace}/`)].map(([, each]) => each);
      const over = concerned.flatMap((resource) => {
        const limit = parseQuantity(asText(hard[resource]));
        const asked = usageOf(type, object, resource) ?? 0n;
        const used = usedBy(type, present, resource);
        return limit === undefined || used + asked <= limit.nano ? [] : [{ resource, limit, asked, used }];
      });
      if (over.length === 0) continue;
      const list = (text: (each: (typeof over)[number]) => string) =>
        over.map((each) => `${each.resource}=${text(each)}`).join(',');
      const requested = list(({ asked, limit }) => shown(asked, limit));
      const used = list(({ used: before, limit }) => shown(before, limit));
      const limited = list(({ limit }) => shown(limit.nano, limit));
      throw forbidden(
        type,
        name,
        `exceeded quota: ${title}, requested: ${requested}, used: ${used}, limited: ${limited}`,
      );
    }
  },
};

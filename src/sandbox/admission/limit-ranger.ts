/**
 * What a namespace's LimitRanges fill into new pods, and what they refuse.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import { parseQuantity } from '../../std/quantity.ts';
import { forbidden } from '../machinery/errors.ts';
import { asObject, asText, at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { AdmissionAttributes, AdmissionPlugin, Machinery } from '../machinery/machinery.ts';
import { metaOf } from '../machinery/metadata.ts';

const NOTE = 'kubernetes.io/limit-ranger';

function limitsOf(machinery: Machinery, namespace: string): readonly Draft[] {
  const found: Draft[] = [];
  for (const [, range] of machinery.store.collection('limitranges').scan(`${namespace}/`))
    found.push(...objectsOf(at(range, 'spec', 'limits')));
  return found;
}

const concerns = ({ type, operation, subresource }: AdmissionAttributes): boolean =>
  type.group === '' && type.resource === 'pods' && subresource === '' && operation === 'CREATE';

/** The names of what was set. */
function fillIn(resources: Draft, list: 'requests' | 'limits', amounts: Draft | undefined): readonly string[] {
  const given = asObject(resources[list]) ?? {};
  const missing = Object.keys(amounts ?? {}).filter((name) => given[name] === undefined);
  if (missing.length > 0)
    resources[list] = { ...given, ...Object.fromEntries(missing.map((name) => [name, amounts?.[name]])) };
  return missing;
}

function fillContainers(containers: readonly Draft[], limits: readonly Draft[], title: string): readonly string[] {
  return containers.flatMap((container) => {
    const resources = childOf(container, 'resources');
    const set: { readonly requests: string[]; readonly limits: string[] } = { requests: [], limits: [] };
    for (const limit of limits) {
      if (limit['type'] !== 'Container') continue;
      set.requests.push(...fillIn(resources, 'requests', asObject(limit['defaultRequest'])));
      set.limits.push(...fillIn(resources, 'limits', asObject(limit['default'])));
    }
    const told = (names: readonly string[], what: string) =>
      names.length === 0 ? [] : [`${[...names].sort().join(', ')} ${what} for ${title} ${asText(container['name'])}`];
    return [...told(set.requests, 'request'), ...told(set.limits, 'limit')];
  });
}

const nano = (amount: unknown): bigint | undefined => parseQuantity(asText(amount))?.nano;

/** What a limit says of the amounts of one container, or of a whole pod. */
function problemsOf(limit: Draft, requests: Draft, limits: Draft): readonly string[] {
  const problems: string[] = [];
  const kind = asText(limit['type']);
  for (const [name, least] of Object.entries(asObject(limit['min']) ?? {})) {
    const head = `minimum ${name} usage per ${kind} is ${asText(least)}`;
    const [request, most, bound] = [nano(requests[name]), nano(limits[name]), nano(least) ?? 0n];
    if (request === undefined) problems.push(`${head}.  No request is specified`);
    else if (request < bound) problems.push(`${head}, but request is ${asText(requests[name])}`);
    if (most !== undefined && most < bound) problems.push(`${head}, but limit is ${asText(limits[name])}`);
  }
  for (const [name, most] of Object.entries(asObject(limit['max']) ?? {})) {
    const head = `maximum ${name} usage per ${kind} is ${asText(most)}`;
    const [request, given, bound] = [nano(requests[name]), nano(limits[name]), nano(most) ?? 0n];
    if (given === undefined) problems.push(`${head}.  No limit is specified`);
    else if (given > bound) problems.push(`${head}, but limit is ${asText(limits[name])}`);
    else if (request !== undefined && request > bound)
      problems.push(`${head}, but request is ${asText(requests[name])}`);
  }
  return problems;
}

export const limitRanger: AdmissionPlugin = {
  admit: (attributes, machinery) => {
    const { object, namespace } = attributes;
    if (!object || !concerns(attributes)) return;
    const limits = limitsOf(machinery, namespace);
    if (limits.length === 0) return;
    const spec = childOf(object, 'spec');
    const told = [
      ...fillContainers(objectsOf(spec['containers']), limits, 'container'),
      ...fillContainers(objectsOf(spec['initContainers']), limits, 'init container'),
    ];
    if (told.length > 0) childOf(metaOf(object), 'annotations')[NOTE] = `LimitRanger plugin set: ${told.join('; ')}`;
  },
  validate: (attributes, machinery) => {
    const { object, namespace, type, name } = attributes;
    if (!object || !concerns(attributes)) return;
    const containers = [
      ...objectsOf(at(object, 'spec', 'containers')),
      ...objectsOf(at(object, 'spec', 'initContainers')),
    ];
    const problems = limitsOf(machinery, namespace)
      .filter((limit) => limit['type'] === 'Container')
      .flatMap((limit) =>
        containers.flatMap(({ resources }) =>
          problemsOf(limit, asObject(at(resources, 'requests')) ?? {}, asObject(at(resources, 'limits')) ?? {}),
        ),
      );
    if (problems.length > 0)
      throw forbidden(type, name, problems.length === 1 ? (problems[0] ?? '') : `[${problems.join(', ')}]`);
  },
};

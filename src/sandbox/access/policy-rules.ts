/**
 * RBAC's rules: what one allows, how one is told, whether some cover another.
 * https://kubernetes.io/docs/reference/access-authn-authz/rbac/
 */
import { asList, asText, type Draft, objectsOf } from '../machinery/json.ts';
import type { Attributes } from './attributes.ts';

export interface PolicyRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export function readRule(raw: Draft): PolicyRule {
  const texts = (name: string) => asList(raw[name]).map(asText);
  return {
    verbs: texts('verbs'),
    apiGroups: texts('apiGroups'),
    resources: texts('resources'),
    resourceNames: texts('resourceNames'),
    nonResourceURLs: texts('nonResourceURLs'),
  };
}

export const readRules = (value: unknown): readonly PolicyRule[] => objectsOf(value).map(readRule);

const has = (list: readonly string[], wanted: string): boolean => list.includes('*') || list.includes(wanted);

// `pods`, `pods/log`, `*`, `*/scale`; `pods/*` means nothing.
function hasResource({ resources }: PolicyRule, resource: string, subresource: string): boolean {
  if (resources.includes('*')) return true;
  if (subresource === '') return resources.includes(resource);
  return resources.includes(`${resource}/${subresource}`) || resources.includes(`*/${subresource}`);
}

function hasPath({ nonResourceURLs }: PolicyRule, path: string): boolean {
  return nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))),
  );
}

export function ruleAllows(rule: PolicyRule, attributes: Attributes): boolean {
  if (!has(rule.verbs, attributes.verb)) return false;
  if (attributes.kind === 'path') return hasPath(rule, attributes.path);
  const { group, resource, subresource, name } = attributes;
  if (!has(rule.apiGroups, group) || !hasResource(rule, resource, subresource)) return false;
  return rule.resourceNames.length === 0 || (name !== '' && rule.resourceNames.includes(name));
}

/** A rule taken apart: one verb on one resource by one name, or one verb on one path. */
function* atoms(rule: PolicyRule): Generator<PolicyRule> {
  const names = rule.resourceNames.length === 0 ? [[]] : rule.resourceNames.map((name) => [name]);
  for (const group of rule.apiGroups) {
    for (const resource of rule.resources) {
      for (const verb of rule.verbs)
        for (const resourceNames of names)
          yield { verbs: [verb], apiGroups: [group], resources: [resource], resourceNames, nonResourceURLs: [] };
    }
  }
  for (const url of rule.nonResourceURLs)
    for (const verb of rule.verbs)
      yield { verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] };
}

function coversResource(owner: readonly string[], wanted: string): boolean {
  if (owner.includes('*') || owner.includes(wanted)) return true;
  const slash = wanted.indexOf('/');
  return slash >= 0 && owner.includes(`*${wanted.slice(slash)}`);
}

function coversPath(owner: readonly string[], wanted: string): boolean {
  return owner.some(
    (url) => url === '*' || url === wanted || (url.endsWith('*') && wanted.startsWith(url.slice(0, -1))),
  );
}

function covers(owner: PolicyRule, atom: PolicyRule): boolean {
  const every = (list: readonly string[], wanted: readonly string[]) => wanted.every((item) => has(list, item));
  if (!every(owner.verbs, atom.verbs)) return false;
  if (atom.nonResourceURLs.length > 0)
    return atom.nonResourceURLs.every((url) => coversPath(owner.nonResourceURLs, url));
  if (
    !every(owner.apiGroups, atom.apiGroups) ||
    !atom.resources.every((resource) => coversResource(owner.resources, resource))
  )
    return false;
  if (owner.resourceNames.length === 0) return true;
  return atom.resourceNames.length > 0 && atom.resourceNames.every((name) => owner.resourceNames.includes(name));
}

/** What of `wanted` is not held, as compactly as the server tells it: verbs of one resource together, sorted. */
export function uncovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): readonly PolicyRule[] {
  const missing = wanted
    .flatMap((rule) => [...atoms(rule)])
    .filter((atom) => !held.some((owner) => covers(owner, atom)));
  return compact(missing);
}

/** Rules on one resource without other constraints become one rule with all their verbs. */
function compact(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  const merged = new Map<string, PolicyRule>();
  const order: (string | PolicyRule)[] = [];
  for (const rule of rules) {
    const simple =
      rule.apiGroups.length === 1 &&
      rule.resources.length === 1 &&
      rule.resourceNames.length <= 1 &&
      rule.nonResourceURLs.length === 0;
    if (!simple) {
      order.push(rule);
      continue;
    }
    const id = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = merged.get(id);
    if (!known) order.push(id);
    merged.set(id, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  return order.map((item) => (typeof item === 'string' ? (merged.get(item) as PolicyRule) : item));
}

const list = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;

/** `{APIGroups:["apps"], Resources:["deployments"], ResourceNames:["d"], Verbs:["delete"]}`. */
export function describeRule(rule: PolicyRule): string {
  const parts = [
    ...(rule.apiGroups.length > 0 ? [`APIGroups:${list(rule.apiGroups)}`] : []),
    ...(rule.resources.length > 0 ? [`Resources:${list(rule.resources)}`] : []),
    ...(rule.nonResourceURLs.length > 0 ? [`NonResourceURLs:${list(rule.nonResourceURLs)}`] : []),
    ...(rule.resourceNames.length > 0 ? [`ResourceNames:${list(rule.resourceNames)}`] : []),
    ...(rule.verbs.length > 0 ? [`Verbs:${list(rule.verbs)}`] : []),
  ];
  return `{${parts.join(', ')}}`;
}

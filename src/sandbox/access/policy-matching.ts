/**
 * Which requests an admission policy or binding is about.
 * https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#resource-matching
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asList, asObject, asText, at, type Draft, objectsOf } from '../machinery/json.ts';
import type { ResourceType } from '../machinery/registry.ts';
import type { Session } from '../machinery/session.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

/** A request as admission sees it. */
export interface AdmissionRequest {
  readonly operation: Operation;
  readonly type: ResourceType;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly name: string;
  readonly namespace: string;
  /** Absent for DELETE. */
  readonly object?: Draft | KubeObject;
  /** Absent for CREATE. */
  readonly old?: KubeObject;
  readonly user: UserInfo;
  readonly dryRun: 'All' | undefined;
  /** CreateOptions and so on, as JSON. */
  readonly options: Draft;
  /** With it webhooks that convert may be asked. */
  readonly session?: Session;
}

/** What matching has to look up. */
export interface MatchingWorld {
  readonly namespace: (name: string) => KubeObject | undefined;
  /** The same objects under other groups and versions. */
  readonly equivalents: (type: ResourceType) => readonly ResourceType[];
}

/** Labels against a selector; an absent or empty one matches all. */
export function selects(selector: unknown, labels: Readonly<Record<string, unknown>>): boolean {
  const object = asObject(selector);
  if (!object) return true;
  const wanted = Object.entries(asObject(object['matchLabels']) ?? {});
  if (!wanted.every(([name, value]) => labels[name] === value)) return false;
  return objectsOf(object['matchExpressions']).every((term) => {
    const value = labels[asText(term['key'])];
    const values = asList(term['values']);
    if (term['operator'] === 'In') return value !== undefined && values.includes(value);
    if (term['operator'] === 'NotIn') return value === undefined || !values.includes(value);
    return term['operator'] === 'Exists' ? value !== undefined : value === undefined;
  });
}

const labelsOf = (object: unknown): Readonly<Record<string, unknown>> =>
  asObject(at(object, 'metadata', 'labels')) ?? {};

/**
 * The resource by which the request matches, as expressions see it in `request.resource`; undefined where it does not.
 */
export function matchedResource(
  constraints: Draft,
  request: AdmissionRequest,
  world: MatchingWorld,
): ResourceType | undefined {
  if (
    !matchesNamespace(constraints['namespaceSelector'], request, world) ||
    !matchesObject(constraints['objectSelector'], request)
  )
    return undefined;
  const candidates = [request.type, ...(constraints['matchPolicy'] === 'Exact' ? [] : world.equivalents(request.type))];
  if (
    objectsOf(constraints['excludeResourceRules']).some((rule) =>
      candidates.some((gvr) => ruleMatches(rule, request, gvr)),
    )
  )
    return undefined;
  const rules = objectsOf(constraints['resourceRules']);
  if (rules.length === 0) return request.type;
  return candidates.find((gvr) => rules.some((rule) => ruleMatches(rule, request, gvr)));
}

export function matchesNamespace(selector: unknown, request: AdmissionRequest, world: MatchingWorld): boolean {
  const isNamespace = request.type.group === '' && request.type.resource === 'namespaces';
  if (isNamespace) {
    // A deletion is judged by what is there, everything else by what is to be.
    return selects(selector, labelsOf(request.operation === 'DELETE' ? request.old : request.object));
  }
  if (request.namespace === '') return true;
  return selects(selector, labelsOf(world.namespace(request.namespace)));
}

export function matchesObject(selector: unknown, { object, old }: AdmissionRequest): boolean {
  if (!asObject(selector) || Object.keys(asObject(selector) ?? {}).length === 0) return true;
  return (
    (object !== undefined && selects(selector, labelsOf(object))) ||
    (old !== undefined && selects(selector, labelsOf(old)))
  );
}

export function ruleMatches(rule: Draft, request: AdmissionRequest, gvr: ResourceType): boolean {
  const names = asList(rule['resourceNames']);
  if (names.length > 0 && !names.includes(request.name)) return false;
  const includes = (name: string, value: string) => {
    const values = asList(rule[name]);
    return values.includes('*') || values.includes(value);
  };
  if (
    !includes('operations', request.operation) ||
    !includes('apiGroups', gvr.group) ||
    !includes('apiVersions', gvr.version)
  )
    return false;
  const scope = asText(rule['scope']);
  // A request about a namespace names it as its own, and is about an object of the cluster all the same.
  const inCluster = request.namespace === '' || (gvr.group === '' && gvr.resource === 'namespaces');
  if ((scope === 'Namespaced' && inCluster) || (scope === 'Cluster' && !inCluster)) return false;
  return asList(rule['resources']).some((text) => {
    const [resource = '', subresource = ''] = asText(text).split('/');
    return (
      (resource === '*' || resource === gvr.resource) && (subresource === '*' || subresource === request.subresource)
    );
  });
}

/**
 * What an API server serves: a resource type, and the paths that address its objects.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/
 */
import type { KubeObject } from '../shapes/kube.ts';
import { PATH_SEGMENT } from '../shapes/path-segment.ts';
import { KubeError } from './errors.ts';

export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** Plural, as in paths. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  /** `status`, `scale`, `eviction` … */
  readonly subresources: readonly string[];
  readonly shortNames: readonly string[];
}

/** The part of a type that addresses objects. */
export type ResourceRef = Pick<ResourceType, 'group' | 'version' | 'resource' | 'namespaced'>;

export interface ObjectKey {
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface ResourceAddress {
  /** Absent: all namespaces (or a cluster-scoped type). */
  readonly namespace?: string | undefined;
  readonly name?: string | undefined;
  readonly subresource?: string | undefined;
}

export const apiVersionOf = (type: Pick<ResourceType, 'group' | 'version'>): string =>
  type.group === '' ? type.version : `${type.group}/${type.version}`;

/** `apps/v1` → group `apps`, version `v1`; `v1` → the core group. */
export function parseApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/**
 * `namespace/name`, or `name` alone for cluster-scoped objects: unique within a type, and the key of caches and queues.
 */
export const keyText = (key: ObjectKey): string =>
  key.namespace === undefined ? key.name : `${key.namespace}/${key.name}`;

export const keyOf = (object: Pick<KubeObject, 'metadata'>): string => keyText(object.metadata);

/** The other way round. Neither part may contain a slash. */
export function parseKey(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return slash < 0 ? { name: text } : { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

function segment(text: string): string {
  if (PATH_SEGMENT.test(text)) return encodeURIComponent(text);
  throw new KubeError(`${JSON.stringify(text)} cannot be the name of an object: it is no part of a path`, {
    code: 'InvalidName',
    delivered: 'no',
  });
}

/**
 * Absolute path without a query, every part encoded.
 * @throws KubeError `InvalidName` for a name or namespace that is more or less than one part of a path.
 */
export function resourcePath(type: ResourceRef, address: ResourceAddress = {}): string {
  const root = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`;
  const scope = type.namespaced && address.namespace !== undefined ? `/namespaces/${segment(address.namespace)}` : '';
  const name = address.name === undefined ? '' : `/${segment(address.name)}`;
  const sub = address.subresource === undefined ? '' : `/${address.subresource.split('/').map(segment).join('/')}`;
  return `${root}${scope}/${type.resource}${name}${sub}`;
}

/** `?a=1&b=2`, or nothing. Undefined values are left out. */
export function queryText(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined) parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  }
  return parts.length === 0 ? '' : `?${parts.join('&')}`;
}

/**
 * -1, 0 or 1 when both are decimal numbers (every conformant server's are, and comparable within a type:
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-versions); undefined otherwise. Compared as
 * text: they exceed 2^53 in theory.
 */
export function compareResourceVersions(a: string | undefined, b: string | undefined): -1 | 0 | 1 | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (a === b) return 0;
  if (!isDecimal(a) || !isDecimal(b)) return undefined;
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : 1;
}

function isDecimal(text: string): boolean {
  if (text.length === 0 || text.charCodeAt(0) === 48) return text === '0';
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 48 || code > 57) return false;
  }
  return true;
}

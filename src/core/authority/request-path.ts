/**
 * What a path of the API addresses, read from the path alone, as the API server does before it authorizes a request.
 * Only the one way of writing a path that `resourcePath` writes is understood: a path that a proxy, a cache or a server
 * could read in two ways (`..`, `//`, `%2F`, a query) addresses nothing.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/staging/src/k8s.io/apiserver/pkg/endpoints/request/requestinfo.go
 */
import { PATH_SEGMENT } from '../../shapes/path-segment.ts';
import { given } from '../../std/given.ts';

export interface Address {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** Absent for cluster-scoped objects. */
  readonly namespace?: string;
  /** Plural, as in paths. */
  readonly resource: string;
  /** Absent: the collection. */
  readonly name?: string;
  readonly subresource?: string;
}

/** Below a Namespace these are its own subresources; everything else lies in it. */
const OF_NAMESPACES: ReadonlySet<string> = new Set(['status', 'finalize']);

/** Undefined for a path that is not written as the operator writes paths. */
export function addressOf(path: string): Address | undefined {
  const [empty, root, ...rest] = path.split('/');
  const parts = rest.map(partOf);
  if (empty !== '' || !parts.every((part) => part !== undefined)) return undefined;
  const group = root === 'api' ? '' : root === 'apis' ? parts.shift() : undefined;
  const version = parts.shift();
  if (group === undefined || version === undefined) return undefined;
  const [first, namespace, below] = parts;
  const isInside = first === 'namespaces' && below !== undefined && !OF_NAMESPACES.has(below);
  const [resource, name, subresource, ...more] = isInside ? parts.slice(2) : parts;
  if (resource === undefined || more.length > 0) return undefined;
  return { group, version, resource, ...given({ namespace: isInside ? namespace : undefined, name, subresource }) };
}

/** The part of a path that the text stands for; undefined when it stands for none, or is encoded in another way. */
function partOf(text: string): string | undefined {
  const part = decoded(text);
  if (part === undefined || !PATH_SEGMENT.test(part)) return undefined;
  // `:` stands in names of roles, and is written both ways.
  return encodeURIComponent(part) === text.replaceAll(':', '%3A') ? part : undefined;
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/**
 * A request in the words that RBAC and kube-apiserver's own metrics have for it.
 * https://kubernetes.io/docs/reference/access-authn-authz/authorization/#determine-the-request-verb
 */
import type { KubeRequest } from '../shapes/transport.ts';

export interface RequestWords {
  readonly verb: string;
  /** `pods`, `deployments.apps`, `pods/eviction`; `-` for paths that are no resource. */
  readonly resource: string;
}

const WRITES: Readonly<Record<string, string>> = { POST: 'create', PUT: 'update', PATCH: 'patch' };

export function requestWords({ method, path }: Pick<KubeRequest, 'method' | 'path'>): RequestWords {
  const [place = '', query = ''] = path.split('?');
  const named = /^\/(?:api|apis\/([^/]+))\/[^/]+(?:\/namespaces\/[^/]+)?\/([^/]+)(\/[^/]+)?(?:\/(.+))?$/.exec(
    // The namespace itself is an object, not a place.
    place.replace(/^(\/api\/v1)\/namespaces(\/[^/]+)?(\/(?:status|finalize))?$/, '$1/namespaces$2$3'),
  );
  if (named === null) return { verb: method === 'GET' ? 'get' : (WRITES[method] ?? 'delete'), resource: '-' };
  const [, group, resource = '', name, subresource] = named;
  const whole = group === undefined ? resource : `${resource}.${group}`;
  return {
    verb: verbOf({ method, query, name }),
    resource: subresource === undefined ? whole : `${whole}/${subresource.split('/')[0]}`,
  };
}

function verbOf({
  method,
  query,
  name,
}: {
  readonly method: string;
  readonly query: string;
  readonly name: string | undefined;
}): string {
  if (method === 'DELETE') return name === undefined ? 'deletecollection' : 'delete';
  if (method !== 'GET') return WRITES[method] ?? method.toLowerCase();
  if (/(^|&)watch=(1|true)(&|$)/.test(query)) return 'watch';
  return name === undefined ? 'list' : 'get';
}

/** What is asked of an authorizer. */
import { forbidden, type ApiError } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import type { RequestInfo } from '../machinery/route.ts';

export interface ResourceAttributes {
  readonly kind: 'resource';
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
}

export interface PathAttributes {
  readonly kind: 'path';
  readonly verb: string;
  readonly path: string;
}

export type Attributes = ResourceAttributes | PathAttributes;

export interface Authorization {
  readonly allowed: boolean;
  /** Which binding allows it; empty where no binding was looked at, or none does. */
  readonly reason: string;
}

/** Anyone who may answer whether a user may do something. */
export interface Authorizer {
  authorize(user: UserInfo, attributes: Attributes): Authorization;
}

/** Access is switched off: everything is allowed. */
export const ALLOW_ALL: Authorizer = { authorize: () => ({ allowed: true, reason: '' }) };

/** A list or watch of one name by field selector counts as being about that name; a deletion of many never does. */
function selectedName(info: RequestInfo): string {
  if (info.verb !== 'list' && info.verb !== 'watch') return '';
  const selector = info.query.get('fieldSelector') ?? '';
  const names = selector.split(',').flatMap((term) => /^metadata\.name==?([^=!]+)$/.exec(term.trim())?.[1] ?? []);
  return names[0] ?? '';
}

export function attributesOf(info: RequestInfo): Attributes {
  if (!info.isResource) return { kind: 'path', verb: info.verb, path: info.path };
  const { verb, group, version, resource, subresource, namespace } = info;
  return {
    kind: 'resource',
    verb,
    group,
    version,
    resource,
    subresource,
    namespace,
    name: info.name || selectedName(info),
  };
}

const sanitize = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
const quoted = (text: string): string => JSON.stringify(text);

/** The 403 of the authorization filter. */
export function forbiddenRequest(user: UserInfo, attributes: Attributes, reason = ''): ApiError {
  const refusal = refusalOf(user, attributes, reason);
  refusal.unauthorized = true;
  return refusal;
}

function refusalOf(user: UserInfo, attributes: Attributes, reason: string): ApiError {
  const suffix = reason === '' ? '' : `: ${reason}`;
  if (attributes.kind === 'path') {
    return forbidden(
      { group: '', resource: '' },
      '',
      `${sanitize(`User ${quoted(user.name)} cannot ${attributes.verb} path ${quoted(attributes.path)}`)}${suffix}`,
    );
  }
  const { verb, group, resource, subresource, namespace, name } = attributes;
  const target = subresource === '' ? resource : `${resource}/${subresource}`;
  const where = namespace === '' ? 'at the cluster scope' : `in the namespace ${quoted(namespace)}`;
  const text = `User ${quoted(user.name)} cannot ${verb} resource ${quoted(target)} in API group ${quoted(group)} ${where}`;
  return forbidden({ group, resource }, name, `${sanitize(text)}${suffix}`);
}

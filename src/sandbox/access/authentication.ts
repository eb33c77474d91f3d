/** From a request's headers to who asks: bearer tokens, anonymity, impersonation. */
import type { Instant } from '../../std/clock.ts';
import { badRequest, unauthorized } from '../apiserver/errors.ts';
import type { UserInfo } from '../apiserver/identity.ts';
import { type Authorizer, forbiddenRequest, type ResourceAttributes } from './attributes.ts';
import { type AccountTokens, accountGroups, ANONYMOUS, AUTHENTICATED, splitAccount, tokenUser, UNAUTHENTICATED } from './tokens.ts';

/** Names in lower case. A header that came several times has its values joined with `, `, or in the list form. */
export type RequestHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface AuthenticationConfig {
  readonly users: ReadonlyMap<string, UserInfo>;
  readonly accounts: AccountTokens;
  /** What a request without credentials is. */
  readonly anonymous: 'allowed' | 'refused';
}

const valuesOf = (headers: RequestHeaders, name: string): readonly string[] => {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? [value] : value;
};

/** Groups and extras may repeat; a joined header is split where Go's server would have seen several. */
const split = (values: readonly string[]): readonly string[] =>
  values.flatMap((value) => value.split(/, /)).filter((value) => value !== '');

/** Throws the 401. Every user who showed who it is belongs to system:authenticated. */
export function authenticate(headers: RequestHeaders, config: AuthenticationConfig, now: Instant): UserInfo {
  const [authorization] = valuesOf(headers, 'authorization');
  const token = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    if (config.anonymous === 'allowed') return ANONYMOUS;
    throw unauthorized();
  }
  const user = userOfToken(token, config, now);
  if (!user) throw unauthorized();
  return user;
}

/** Undefined: the token says nothing. */
export function userOfToken(token: string, config: AuthenticationConfig, now: Instant): UserInfo | undefined {
  const known = config.users.get(token);
  if (known) return authenticated(known);
  const claims = token.split('.').length === 3 ? config.accounts.verify(token, now) : undefined;
  return claims && authenticated(tokenUser(claims));
}

const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };

const EXTRA = 'impersonate-extra-';

/** Who the requester acts as: itself, or whom it impersonates. Throws where it may not. https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/ */
export function impersonate(requester: UserInfo, headers: RequestHeaders, authorizer: Authorizer): UserInfo {
  const [name = ''] = valuesOf(headers, 'impersonate-user');
  const groups = split(valuesOf(headers, 'impersonate-group'));
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const extras = Object.keys(headers)
    .filter((header) => header.startsWith(EXTRA))
    .sort()
    .map((header) => [unescapeKey(header.slice(EXTRA.length)), split(valuesOf(headers, header))] as const);
  if (name === '') {
    if (groups.length > 0 || uid !== '' || extras.length > 0)
      throw badRequest(`requested ${describe({ groups, uid, extras })} without impersonating a user`);
    return requester;
  }
  const demand = (attributes: Partial<ResourceAttributes>) => {
    const asked: ResourceAttributes = {
      kind: 'resource',
      verb: 'impersonate',
      group: '',
      version: '',
      resource: '',
      subresource: '',
      namespace: '',
      name: '',
      ...attributes,
    };
    const decision = authorizer.authorize(requester, asked);
    if (!decision.allowed) throw forbiddenRequest(requester, asked, decision.reason);
  };
  const account = splitAccount(name);
  demand(account ? { resource: 'serviceaccounts', ...account } : { resource: 'users', name });
  for (const group of groups) demand({ resource: 'groups', name: group });
  for (const [key, values] of extras)
    for (const value of values)
      demand({ group: 'authentication.k8s.io', version: 'v1', resource: 'userextras', subresource: key, name: value });
  if (uid !== '') demand({ group: 'authentication.k8s.io', version: 'v1', resource: 'uids', name: uid });
  const listed = groups.length === 0 && account ? accountGroups(account.namespace) : groups;
  return {
    name,
    ...(uid === '' ? {} : { uid }),
    groups: withMembership(name, listed),
    ...(extras.length === 0 ? {} : { extra: Object.fromEntries(extras) }),
  };
}

function withMembership(name: string, groups: readonly string[]): readonly string[] {
  const implied = name === ANONYMOUS.name ? UNAUTHENTICATED : AUTHENTICATED;
  const stated = groups.includes(UNAUTHENTICATED) || (implied === AUTHENTICATED && groups.includes(AUTHENTICATED));
  return stated ? groups : [...groups, implied];
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}

/** The requests as Go prints the list of what was asked for. */
function describe({
  groups,
  uid,
  extras,
}: {
  groups: readonly string[];
  uid: string;
  extras: readonly (readonly [string, readonly string[]])[];
}): string {
  const entry = (kind: string, name: string, more = { version: '', path: '' }) => `{${kind}  ${name}  ${more.version}  ${more.path}}`;
  const version = 'authentication.k8s.io/v1';
  const entries = [
    ...groups.map((group) => entry('Group', group)),
    ...extras.flatMap(([key, values]) => values.map((value) => entry('UserExtra', value, { version, path: key }))),
    ...(uid === '' ? [] : [entry('UID', uid, { version, path: '' })]),
  ];
  return `[${entries.join(' ')}]`;
}

/**
 * Whom a request acts as. There are several ways to be allowed to act as another; each is tried, and the first refusal
 * is what the requester hears when none allows it.
 * https://kubernetes.io/docs/reference/access-authn-authz/user-impersonation/
 */
import { type ApiError, badRequest, isApiError } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';
import { type Attributes, type Authorizer, forbiddenRequest, type ResourceAttributes } from './attributes.ts';
import { type RequestHeaders, valuesOf } from './headers.ts';
import { accountGroups, ANONYMOUS, AUTHENTICATED, splitAccount, UNAUTHENTICATED } from './tokens.ts';

/** As the headers say. */
interface Wanted {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extras: readonly (readonly [key: string, values: readonly string[]])[];
}

interface Asking {
  readonly requester: UserInfo;
  /** What the request is about. */
  readonly attributes: Attributes;
  readonly authorizer: Authorizer;
}

const EXTRA = 'impersonate-extra-';
const AUTHENTICATION = { group: 'authentication.k8s.io', version: 'v1' };
const CORE = { group: '', version: 'v1' };
const MASTERS = 'system:masters';

/** Groups and extras may repeat; a joined header is split where Go's server would have seen several. */
const split = (values: readonly string[]): readonly string[] =>
  values.flatMap((value) => value.split(/, /)).filter((value) => value !== '');

function wantedUser(headers: RequestHeaders): Wanted | undefined {
  const [name = ''] = valuesOf(headers, 'impersonate-user');
  const groups = split(valuesOf(headers, 'impersonate-group'));
  const [uid = ''] = valuesOf(headers, 'impersonate-uid');
  const extras = Object.keys(headers)
    .filter((header) => header.startsWith(EXTRA))
    .sort()
    .map((header) => [unescapeKey(header.slice(EXTRA.length)), split(valuesOf(headers, header))] as const);
  const wanted = { name, uid, groups, extras };
  if (name !== '') return wanted;
  if (groups.length > 0 || uid !== '' || extras.length > 0)
    throw badRequest(`requested ${goSyntax(wanted)} without impersonating a user name`);
  return undefined;
}

function unescapeKey(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch (error) {
    if (error instanceof URIError) return key;
    throw error;
  }
}

/** As Go prints the value in its own syntax. */
function goSyntax({ name, uid, groups, extras }: Wanted): string {
  const list = (values: readonly string[]) => `{${values.map((value) => JSON.stringify(value)).join(', ')}}`;
  const said = groups.length === 0 ? '(nil)' : list(groups);
  const entries = extras.map(([key, values]) => `${JSON.stringify(key)}:[]string${list(values)}`);
  const extra = entries.length === 0 ? '(nil)' : `{${entries.join(', ')}}`;
  return `&user.DefaultInfo{Name:${JSON.stringify(name)}, UID:${JSON.stringify(uid)}, Groups:[]string${said}, Extra:map[string][]string${extra}}`;
}

function nodeOf(name: string): string | undefined {
  const node = /^system:node:(.*)$/.exec(name)?.[1];
  return node !== undefined && dnsSubdomainProblems(node).length === 0 ? node : undefined;
}

type Mode = 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info' | 'legacy';
const MODES: readonly Mode[] = ['associated-node', 'arbitrary-node', 'serviceaccount', 'user-info', 'legacy'];
const NODE_EXTRA = 'authentication.kubernetes.io/node-name';

function applies(mode: Mode, wanted: Wanted, requester: UserInfo): boolean {
  const node = nodeOf(wanted.name);
  const account = splitAccount(wanted.name);
  const nameAlone = wanted.uid === '' && wanted.groups.length === 0 && wanted.extras.length === 0;
  switch (mode) {
    case 'associated-node': {
      const [own, ...others] = requester.extra?.[NODE_EXTRA] ?? [];
      return (
        nameAlone &&
        node !== undefined &&
        splitAccount(requester.name) !== undefined &&
        own === node &&
        others.length === 0
      );
    }
    case 'arbitrary-node':
      return nameAlone && node !== undefined;
    case 'serviceaccount':
      return nameAlone && account !== undefined;
    case 'user-info':
      return node === undefined && account === undefined;
    default:
      return true;
  }
}

const attributesFor = (verb: string, more: Partial<ResourceAttributes>): ResourceAttributes => ({
  kind: 'resource',
  verb,
  group: '',
  version: '',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  ...more,
});

/** Throws the 403 of what the requester may not. */
function act(mode: Mode, wanted: Wanted, { requester, attributes, authorizer }: Asking): UserInfo {
  const demand = (asked: Attributes) => {
    const decision = authorizer.authorize(requester, asked);
    if (!decision.allowed) throw forbiddenRequest(requester, asked, decision.reason);
  };
  const constrained = mode !== 'legacy';
  const verb = constrained ? `impersonate:${mode}` : 'impersonate';
  const place = constrained ? AUTHENTICATION : CORE;
  if (constrained) demand({ ...attributes, verb: `impersonate-on:${mode}:${attributes.verb}` });
  const account = splitAccount(wanted.name);
  const node = constrained ? nodeOf(wanted.name) : undefined;
  const about = (more: Partial<ResourceAttributes>) => attributesFor(verb, { ...place, ...more });
  if (account) demand(about({ resource: 'serviceaccounts', ...account }));
  else if (node !== undefined) demand(about({ resource: 'nodes', name: mode === 'associated-node' ? '*' : node }));
  else demand(about({ resource: 'users', name: wanted.name }));
  if (wanted.uid !== '') demand(attributesFor(verb, { ...AUTHENTICATION, resource: 'uids', name: wanted.uid }));
  if (constrained && wanted.groups.includes(MASTERS))
    throw forbiddenRequest(
      requester,
      about({ resource: 'groups', name: MASTERS }),
      'impersonating the system:masters group is not allowed',
    );
  for (const group of wanted.groups) demand(about({ resource: 'groups', name: group }));
  for (const [key, values] of wanted.extras)
    for (const value of values)
      demand(attributesFor(verb, { ...AUTHENTICATION, resource: 'userextras', subresource: key, name: value }));
  return asUser(wanted, node === undefined ? wanted.groups : ['system:nodes']);
}

function asUser({ name, uid, extras }: Wanted, groups: readonly string[]): UserInfo {
  const account = splitAccount(name);
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

export class Impersonation {
  /** By requester: the way that worked last is tried first, and its refusal is then the first. */
  readonly #last = new Map<string, Mode>();

  /** The requester itself, or whom it impersonates. Throws where it may not. */
  user(headers: RequestHeaders, asking: Asking): UserInfo {
    const { requester } = asking;
    const wanted = wantedUser(headers);
    if (!wanted) return requester;
    const last = this.#last.get(requester.name);
    const ways = last === undefined ? MODES : [last, ...MODES.filter((mode) => mode !== last)];
    let refusal: ApiError | undefined;
    for (const mode of ways.filter((each) => applies(each, wanted, requester))) {
      try {
        const user = act(mode, wanted, asking);
        this.#last.set(requester.name, mode);
        return user;
      } catch (error) {
        if (!isApiError(error)) throw error;
        refusal ??= error;
      }
    }
    throw refusal ?? badRequest('all impersonation modes failed');
  }
}

/** Tokens: those of a file in kube-apiserver's format, and those that this server signs for service accounts. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asList, asNumber, asObject, asText, at, type Draft } from '../machinery/json.ts';

/** A token file that cannot be read, with the line to blame, counted from 1. */
export class TokenFileError extends Error {
  override readonly name = 'TokenFileError';
  readonly line: number;

  constructor(line: number) {
    super('expected token,user,uid[,"group1,group2"]');
    this.line = line;
  }
}

/**
 * `token,user,uid,"group1,group2"`, one a line.
 * https://kubernetes.io/docs/reference/access-authn-authz/authentication/#static-token-file
 */
export function parseTokenFile(text: string): ReadonlyMap<string, UserInfo> {
  const users = new Map<string, UserInfo>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [token = '', name, uid = '', groups = ''] = parseCsvLine(line);
    if (token === '' || name === undefined || name === '') throw new TokenFileError(index + 1);
    const listed = groups
      .split(',')
      .map((group) => group.trim())
      .filter((group) => group !== '');
    users.set(token, { name, ...(uid === '' ? {} : { uid }), groups: listed });
  }
  return users;
}

/** RFC 4180: quotes around a field let it contain commas, two quotes stand for one. */
function parseCsvLine(line: string): string[] {
  return [...line.matchAll(/(?:^|,)\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))/g)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain.trim() : quoted.replaceAll('""', '"'),
  );
}

export const AUTHENTICATED = 'system:authenticated';
export const UNAUTHENTICATED = 'system:unauthenticated';
export const ANONYMOUS: UserInfo = { name: 'system:anonymous', groups: [UNAUTHENTICATED] };

export interface AccountRef {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

export const accountRef = ({ metadata: { namespace = '', name, uid = '' } }: KubeObject): AccountRef => ({
  namespace,
  name,
  uid,
});

export const accountUser = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;
export const accountGroups = (namespace: string): readonly string[] => [
  'system:serviceaccounts',
  `system:serviceaccounts:${namespace}`,
];

/** `system:serviceaccount:<namespace>:<name>` taken apart. */
export function splitAccount(user: string): { readonly namespace: string; readonly name: string } | undefined {
  const match = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  return match ? { namespace: match[1] ?? '', name: match[2] ?? '' } : undefined;
}

export interface TokenClaims {
  readonly account: AccountRef;
  readonly audiences: readonly string[];
  readonly issuedAt: Instant;
  readonly expiresAt: Instant;
  /** Unique for each token. */
  readonly id: string;
  readonly boundTo?: BoundObject;
  /** Where the pod that it is bound to runs. */
  readonly node?: NodeRef;
}

export interface NodeRef {
  readonly name: string;
  /** Empty: nobody knew the node when the token was made. */
  readonly uid: string;
}

export interface BoundObject {
  readonly kind: 'Pod' | 'Secret' | 'Node';
  readonly name: string;
  readonly uid: string;
}

/** Of a token that lies in a Secret, and has no time. */
export interface LegacyClaims {
  readonly account: AccountRef;
  /** Name of the Secret. */
  readonly secret: string;
}

/** A token that this server signed, whatever has become of it since. */
export type SignedClaims = ({ readonly form: 'bound' } & TokenClaims) | ({ readonly form: 'legacy' } & LegacyClaims);

/** Tokens in Secrets name another issuer than those that were asked for. */
const LEGACY_ISSUER = 'kubernetes/serviceaccount';
const LEGACY = 'kubernetes.io/serviceaccount/';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
const seconds = (instant: Instant): number => Math.floor(instant / 1000);

/** Signs and reads tokens of service accounts. The secret makes tokens of one sandbox worthless in another. */
export class AccountTokens {
  readonly #secret: string;
  readonly issuer: string;

  constructor(secret: string, issuer = 'https://kubernetes.default.svc.cluster.local') {
    this.#secret = secret;
    this.issuer = issuer;
  }

  sign({ account, audiences, issuedAt, expiresAt, id, boundTo, node }: TokenClaims): string {
    const bound =
      boundTo === undefined ? {} : { [boundTo.kind.toLowerCase()]: { name: boundTo.name, uid: boundTo.uid } };
    const place =
      node === undefined ? {} : { node: { name: node.name, ...(node.uid === '' ? {} : { uid: node.uid }) } };
    const claims = {
      aud: audiences,
      exp: seconds(expiresAt),
      iat: seconds(issuedAt),
      iss: this.issuer,
      jti: id,
      'kubernetes.io': {
        namespace: account.namespace,
        ...place,
        ...bound,
        serviceaccount: { name: account.name, uid: account.uid },
      },
      nbf: seconds(issuedAt),
      sub: accountUser(account.namespace, account.name),
    };
    return this.#signed(claims);
  }

  /** For the Secret of that name, in the account's namespace. */
  signLegacy({ account, secret }: LegacyClaims): string {
    return this.#signed({
      iss: LEGACY_ISSUER,
      [`${LEGACY}namespace`]: account.namespace,
      [`${LEGACY}secret.name`]: secret,
      [`${LEGACY}service-account.name`]: account.name,
      [`${LEGACY}service-account.uid`]: account.uid,
      sub: accountUser(account.namespace, account.name),
    });
  }

  /** Undefined: not a token of ours. Whether it is valid is another question. */
  read(token: string): SignedClaims | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#signature(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = asObject(JSON.parse(Buffer.from(body, 'base64url').toString('utf8'))) ?? {};
    return claims['iss'] === LEGACY_ISSUER ? legacyClaims(claims) : boundClaims(claims);
  }

  #signed(claims: Draft): string {
    const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${body}.${this.#signature(body)}`;
  }

  #signature(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url');
  }
}

function legacyClaims(claims: Draft): SignedClaims {
  const claim = (name: string) => asText(claims[`${LEGACY}${name}`]);
  const account = {
    namespace: claim('namespace'),
    name: claim('service-account.name'),
    uid: claim('service-account.uid'),
  };
  return { form: 'legacy', account, secret: claim('secret.name') };
}

function boundClaims(claims: Draft): SignedClaims {
  const own = asObject(claims['kubernetes.io']);
  const refOf = (kind: BoundObject['kind']) => {
    const ref = asObject(own?.[kind.toLowerCase()]);
    return ref && { kind, name: asText(ref['name']), uid: asText(ref['uid']) };
  };
  const instant = (name: string) => (asNumber(claims[name]) ?? 0) * 1000;
  const pod = refOf('Pod');
  const node = refOf('Node');
  const boundTo = pod ?? refOf('Secret') ?? node;
  return {
    form: 'bound',
    account: {
      namespace: asText(own?.['namespace']),
      name: asText(at(own, 'serviceaccount', 'name')),
      uid: asText(at(own, 'serviceaccount', 'uid')),
    },
    audiences: asList(claims['aud']).map(asText),
    issuedAt: instant('iat'),
    expiresAt: instant('exp'),
    id: asText(claims['jti']),
    ...(boundTo ? { boundTo } : {}),
    ...(pod && node ? { node: { name: node.name, uid: node.uid } } : {}),
  };
}

/** Who the bearer of a token in a Secret is. */
export const legacyUser = ({ account: { namespace, name, uid } }: LegacyClaims): UserInfo => ({
  name: accountUser(namespace, name),
  uid,
  groups: accountGroups(namespace),
});

/** Who the bearer of an account's token is. */
export function tokenUser({ account, id, boundTo, node }: TokenClaims): UserInfo {
  const named = (kind: string, { name, uid }: NodeRef) => ({
    [`authentication.kubernetes.io/${kind}-name`]: [name],
    ...(uid === '' ? {} : { [`authentication.kubernetes.io/${kind}-uid`]: [uid] }),
  });
  const place = node ?? (boundTo?.kind === 'Node' ? boundTo : undefined);
  const bound = { ...(place ? named('node', place) : {}), ...(boundTo?.kind === 'Pod' ? named('pod', boundTo) : {}) };
  return {
    name: accountUser(account.namespace, account.name),
    uid: account.uid,
    groups: accountGroups(account.namespace),
    extra: { 'authentication.kubernetes.io/credential-id': [`JTI=${id}`], ...bound },
  };
}

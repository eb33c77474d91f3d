/** Tokens: those of a file in kube-apiserver's format, and those that this server signs for service accounts. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Instant } from '../../std/clock.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { asList, asNumber, asObject, asText, at } from '../machinery/json.ts';

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
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
}

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
    const body = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`;
    return `${body}.${this.#signature(body)}`;
  }

  /** Undefined: not a token of ours, or no longer valid. */
  verify(token: string, now: Instant): TokenClaims | undefined {
    const [head = '', body = '', signature = ''] = token.split('.');
    const expected = Buffer.from(this.#signature(`${head}.${body}`));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const claims = asObject(JSON.parse(Buffer.from(body, 'base64url').toString('utf8')));
    const expiresAt = (asNumber(claims?.['exp']) ?? 0) * 1000;
    const issuedAt = (asNumber(claims?.['iat']) ?? 0) * 1000;
    if (!claims || claims['iss'] !== this.issuer || expiresAt <= now) return undefined;
    const private_ = asObject(claims['kubernetes.io']);
    const refOf = (kind: string) => {
      const ref = asObject(private_?.[kind.toLowerCase()]);
      return ref && { kind, name: asText(ref['name']), uid: asText(ref['uid']) };
    };
    const pod = refOf('Pod');
    const node = refOf('Node');
    const boundTo = pod ?? refOf('Secret') ?? node;
    return {
      account: {
        namespace: asText(private_?.['namespace']),
        name: asText(at(private_, 'serviceaccount', 'name')),
        uid: asText(at(private_, 'serviceaccount', 'uid')),
      },
      audiences: asList(claims['aud']).map(asText),
      issuedAt,
      expiresAt,
      id: asText(claims['jti']),
      ...(boundTo ? { boundTo } : {}),
      ...(pod && node ? { node: { name: node.name, uid: node.uid } } : {}),
    };
  }

  #signature(body: string): string {
    return createHmac('sha256', this.#secret).update(body).digest('base64url');
  }
}

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

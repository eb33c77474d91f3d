/** From a request to who asks: client certificates, bearer tokens and anonymity. */
import type { Instant } from '../../std/clock.ts';
import { unauthorized } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { type RequestHeaders, valuesOf } from './headers.ts';
import { type BoundObjects, legacyTokenProblem, tokenProblem } from './token-validation.ts';
import type { TokenMemory } from './token-memory.ts';
import { type AccountTokens, ANONYMOUS, AUTHENTICATED, legacyUser, tokenUser } from './tokens.ts';

export interface AuthenticationConfig {
  readonly users: ReadonlyMap<string, UserInfo>;
  readonly accounts: AccountTokens;
  /** What tokens of accounts depend on. */
  readonly objects: BoundObjects;
  /** What a request without credentials is. */
  readonly anonymous: 'allowed' | 'refused';
  /** Of tokens that were taken. Absent: each is looked at anew. */
  readonly memory?: TokenMemory<Bearer>;
}

export interface Credentials {
  readonly headers: RequestHeaders;
  /** Whom the client's certificate names, where the server's authority signed it. */
  readonly certified?: UserInfo | undefined;
}

/**
 * Throws the 401. Every user who showed who it is belongs to system:authenticated. A certificate comes before a token,
 * as in kube-apiserver.
 */
export function authenticate(
  { headers, certified }: Credentials,
  config: AuthenticationConfig,
  now: Instant,
): UserInfo {
  if (certified !== undefined) return authenticated(certified);
  const [authorization] = valuesOf(headers, 'authorization');
  const token = /^Bearer +(\S+)\s*$/i.exec(authorization ?? '')?.[1];
  if (token === undefined) {
    if (config.anonymous === 'allowed') return ANONYMOUS;
    throw unauthorized();
  }
  const answer = bearerOf(token, config, { now, audiences: [config.accounts.issuer] });
  if (answer.kind === 'unknown') throw unauthorized();
  return answer.user;
}

export type Bearer =
  | { readonly kind: 'known'; readonly user: UserInfo; readonly audiences: readonly string[] }
  /** With the server's words. */
  | { readonly kind: 'unknown'; readonly error: string };

const UNKNOWN = 'invalid bearer token';

/**
 * Who the bearer is, to one of the audiences. Tokens of the file are for the API server alone, those of accounts for
 * the audiences that they name.
 */
export function bearerOf(token: string, config: AuthenticationConfig, asked: Asked): Bearer {
  const find = () => newBearer(token, config, asked);
  const key = JSON.stringify([token, asked.audiences]);
  return config.memory?.recall(key, asked.now, { find, keeps: ({ kind }) => kind === 'known' }) ?? find();
}

interface Asked {
  readonly now: Instant;
  readonly audiences: readonly string[];
}

function newBearer(
  token: string,
  { users, accounts, objects }: AuthenticationConfig,
  { now, audiences }: Asked,
): Bearer {
  const meant = (own: readonly string[]) => own.filter((audience) => audiences.includes(audience));
  const known = users.get(token);
  if (known) {
    const common = meant([accounts.issuer]);
    return common.length === 0
      ? { kind: 'unknown', error: UNKNOWN }
      : { kind: 'known', user: authenticated(known), audiences: common };
  }
  const claims = token.split('.').length === 3 ? accounts.read(token) : undefined;
  if (claims === undefined) return { kind: 'unknown', error: UNKNOWN };
  const own = claims.form === 'legacy' ? [accounts.issuer] : claims.audiences;
  const common = meant(own);
  const problem =
    common.length === 0
      ? `token audiences ${shown(own)} is invalid for the target audiences ${shown(audiences)}`
      : claims.form === 'legacy'
        ? legacyTokenProblem(token, claims, objects)
        : tokenProblem(claims, objects, now);
  // The server asks its own token first, whose holder this is not either.
  if (problem !== undefined) return { kind: 'unknown', error: `[${UNKNOWN}, ${problem}]` };
  const user = claims.form === 'legacy' ? legacyUser(claims) : tokenUser(claims);
  return { kind: 'known', user: authenticated(user), audiences: common };
}

/** Go's `%q` of a list. */
const shown = (texts: readonly string[]): string => `[${texts.map((text) => JSON.stringify(text)).join(' ')}]`;

const authenticated = (user: UserInfo): UserInfo =>
  user.groups.includes(AUTHENTICATED) ? user : { ...user, groups: [...user.groups, AUTHENTICATED] };

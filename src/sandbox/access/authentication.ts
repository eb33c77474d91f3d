/** From a request to who asks: client certificates, bearer tokens and anonymity. */
import type { Instant } from '../../std/clock.ts';
import { unauthorized } from '../machinery/errors.ts';
import type { UserInfo } from '../machinery/identity.ts';
import { type RequestHeaders, valuesOf } from './headers.ts';
import { type AccountTokens, ANONYMOUS, AUTHENTICATED, tokenUser } from './tokens.ts';

export interface AuthenticationConfig {
  readonly users: ReadonlyMap<string, UserInfo>;
  readonly accounts: AccountTokens;
  /** What a request without credentials is. */
  readonly anonymous: 'allowed' | 'refused';
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

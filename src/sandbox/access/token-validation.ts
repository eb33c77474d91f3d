/**
 * Whether a token of a service account still says anything: it has a time, it is for somebody, and the account and the
 * object that it is bound to are still there.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/serviceaccount/claims.go and `legacy.go` beside it.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { at } from '../machinery/json.ts';
import type { AccountRef, BoundObject, LegacyClaims, TokenClaims } from './tokens.ts';

/** The core objects that tokens depend on, by resource. Nodes have no namespace. */
export type BoundObjects = (
  resource: 'serviceaccounts' | 'pods' | 'secrets' | 'nodes',
  key: { readonly namespace?: string; readonly name: string },
) => KubeObject | undefined;

/** Clocks differ: a token is taken for a minute longer than it says, and so is one whose object was deleted. */
const LEEWAY_MS = 60_000;

const INVALIDATED = 'service account token has been invalidated';

/** Why the token says nothing, in the server's words; undefined: it is valid. */
export function tokenProblem(claims: TokenClaims, objects: BoundObjects, now: Instant): string | undefined {
  if (now - LEEWAY_MS > claims.expiresAt) return 'service account token has expired';
  if (now + LEEWAY_MS < claims.issuedAt) return 'service account token is not valid yet';
  const { account, boundTo } = claims;
  return (
    accountProblem(account, objects, (found) => isGone(found, now)) ??
    (boundTo && boundProblem({ boundTo, namespace: account.namespace }, objects, now))
  );
}

/** Of a token that lies in a Secret: it is valid as long as it lies there. */
export function legacyTokenProblem(
  token: string,
  { account, secret: name }: LegacyClaims,
  objects: BoundObjects,
): string | undefined {
  const secret = objects('secrets', { namespace: account.namespace, name });
  if (secret === undefined || secret.metadata.deletionTimestamp !== undefined) return 'Token has been invalidated';
  if (at(secret, 'data', 'token') !== Buffer.from(token).toString('base64'))
    return "Token does not match server's copy";
  return accountProblem(account, objects, ({ metadata }) => metadata.deletionTimestamp !== undefined);
}

function accountProblem(
  { namespace, name, uid }: AccountRef,
  objects: BoundObjects,
  isDeleted: (account: KubeObject) => boolean,
): string | undefined {
  const account = objects('serviceaccounts', { namespace, name });
  if (account === undefined) return `serviceaccounts ${JSON.stringify(name)} not found`;
  if (isDeleted(account)) return `service account ${namespace}/${name} has been deleted`;
  const { uid: own = '' } = account.metadata;
  return own === uid ? undefined : `service account UID (${own}) does not match claim (${uid})`;
}

const PLACES = {
  Pod: { resource: 'pods', claim: 'service account pod ref' },
  Secret: { resource: 'secrets', claim: 'service account secret ref' },
  Node: { resource: 'nodes', claim: 'service account node ref' },
} as const;

function boundProblem(
  { boundTo, namespace }: { readonly boundTo: BoundObject; readonly namespace: string },
  objects: BoundObjects,
  now: Instant,
): string | undefined {
  const { kind, name, uid } = boundTo;
  const { resource, claim } = PLACES[kind];
  const found = objects(resource, kind === 'Node' ? { name } : { namespace, name });
  if (found === undefined || isGone(found, now)) return INVALIDATED;
  const { uid: own = '' } = found.metadata;
  return own === uid ? undefined : `${kind.toLowerCase()} UID (${own}) does not match ${claim} claim (${uid})`;
}

/** Deleted, and waiting for its finalizers for longer than clocks differ. */
function isGone({ metadata }: KubeObject, now: Instant): boolean {
  const deleted = fromTimestamp(metadata.deletionTimestamp);
  return deleted !== undefined && deleted < now - LEEWAY_MS;
}

/**
 * `serviceaccounts/token`: a token for an account, signed by this server.
 * https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import { badRequest, conflict, invalid } from '../machinery/errors.ts';
import { invalidValue } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft } from '../machinery/json.ts';
import { metaOf, splitApiVersion } from '../machinery/metadata.ts';
import { type AccountTokens, accountRef, type BoundObject } from './tokens.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
/** 2^32 seconds, the longest the server takes. */
const MAX_SECONDS = 2 ** 32;

export interface TokenIssue {
  readonly account: KubeObject;
  readonly tokens: AccountTokens;
  readonly prng: Prng;
  readonly now: Instant;
  /** The core object of that name, in the account's namespace where it has one. Throws the 404. */
  readonly find: (resource: string, name: string) => KubeObject;
  /** Undefined where there is no such node. */
  readonly node: (name: string) => KubeObject | undefined;
}

/** What tokens can be bound to: they end with it. */
const BINDABLE: ReadonlyMap<string, { readonly kind: BoundObject['kind']; readonly resource: string }> = new Map([
  ['Pod', { kind: 'Pod', resource: 'pods' }],
  ['Node', { kind: 'Node', resource: 'nodes' }],
  ['Secret', { kind: 'Secret', resource: 'secrets' }],
]);

export function issueToken(request: Draft, { account, tokens, prng, now, find, node }: TokenIssue): Draft {
  checkUid(metaOf(request), account.metadata);
  const spec = asObject(request['spec']) ?? {};
  const expirationSeconds = asNumber(spec['expirationSeconds']) ?? DEFAULT_SECONDS;
  const errors = [
    ...(expirationSeconds < MIN_SECONDS
      ? [invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(expirationSeconds > MAX_SECONDS
      ? [
          invalidValue(
            'spec.expirationSeconds',
            expirationSeconds,
            'may not specify a duration larger than 2^32 seconds',
          ),
        ]
      : []),
  ];
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors);
  const asked = asList(spec['audiences']).map(asText);
  const audiences = asked.length > 0 ? asked : [tokens.issuer];
  const expiresAt = now + expirationSeconds * 1000;
  const ref = asObject(spec['boundObjectRef']);
  const { name, namespace, uid } = accountRef(account);
  const boundTo = ref && boundObject(ref, account, find);
  const place = boundTo?.kind === 'Pod' ? asText(at(find('pods', boundTo.name), 'spec', 'nodeName')) : '';
  const token = tokens.sign({
    account: { namespace, name, uid },
    audiences,
    issuedAt: now,
    expiresAt,
    id: prng.uuid(),
    ...(boundTo ? { boundTo } : {}),
    ...(place === '' ? {} : { node: { name: place, uid: node(place)?.metadata.uid ?? '' } }),
  });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { ...metaOf(request), name, namespace, uid, creationTimestamp: toTimestamp(now) },
    spec: { audiences, expirationSeconds, boundObjectRef: ref ?? null },
    status: { token, expirationTimestamp: toTimestamp(expiresAt) },
  };
}

const GROUP = 'authentication.k8s.io';

/** A request may say which account it means; it then means this one, whether there is one or not. Throws 422. */
export function checkNamed(named: Draft, account: { readonly name: string; readonly namespace: string }): void {
  for (const field of ['name', 'namespace'] as const) {
    const value = asText(named[field]);
    if (value !== '' && value !== account[field])
      throw invalid({ group: GROUP, kind: 'TokenRequest' }, account.name, [
        invalidValue(`metadata.${field}`, value, `must match the service account ${field} if specified`),
      ]);
  }
}

function checkUid(named: Draft, { name, uid }: KubeObject['metadata']): void {
  const asked = asText(named['uid']);
  if (asked !== '' && asked !== uid)
    throw conflict(
      { group: GROUP, resource: 'TokenRequest' },
      name,
      `the UID in the token request (${asked}) does not match the UID of the service account (${uid ?? ''})`,
    );
}

function boundObject(ref: Draft, account: KubeObject, find: TokenIssue['find']): BoundObject {
  const [kind, name, asked] = [asText(ref['kind']), asText(ref['name']), asText(ref['uid'])];
  const [group = '', version = ''] = splitApiVersion(asText(ref['apiVersion']));
  const bindable = group === '' ? BINDABLE.get(kind) : undefined;
  if (bindable === undefined) throw badRequest(`cannot bind token to object of type ${group}/${version}, Kind=${kind}`);
  if (name === '') throw badRequest('Name parameter required.');
  const object = find(bindable.resource, name);
  if (kind === 'Pod' && at(object, 'spec', 'serviceAccountName') !== account.metadata.name)
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(account.metadata.name)} to pod running with different serviceaccount name.`,
    );
  const { uid = '' } = object.metadata;
  if (asked !== '' && asked !== uid)
    throw conflict(
      { group, resource: kind },
      name,
      `the UID in the bound object reference (${asked}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  return { kind: bindable.kind, name, uid };
}

/** `serviceaccounts/token`: a token for an account, signed by this server. https://kubernetes.io/docs/reference/kubernetes-api/authentication-resources/token-request-v1/ */
import type { KubeObject } from '../../api/kube.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import { invalid } from '../apiserver/errors.ts';
import { invalidValue } from '../apiserver/field-errors.ts';
import { asList, asNumber, asObject, asText, type Draft } from '../apiserver/json.ts';
import type { AccountTokens } from './tokens.ts';

const DEFAULT_SECONDS = 3600;
const MIN_SECONDS = 600;
/** 2^32 seconds, the longest the server takes. */
const MAX_SECONDS = 2 ** 32;

export interface TokenIssue {
  readonly account: KubeObject;
  readonly tokens: AccountTokens;
  readonly prng: Prng;
  readonly now: Instant;
}

export function issueToken(request: Draft, { account, tokens, prng, now }: TokenIssue): Draft {
  const spec = asObject(request['spec']) ?? {};
  const expirationSeconds = asNumber(spec['expirationSeconds']) ?? DEFAULT_SECONDS;
  const errors = [
    ...(expirationSeconds < MIN_SECONDS
      ? [invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 10 minutes')]
      : []),
    ...(expirationSeconds > MAX_SECONDS
      ? [invalidValue('spec.expirationSeconds', expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]
      : []),
  ];
  if (errors.length > 0) throw invalid({ group: 'authentication.k8s.io', kind: 'TokenRequest' }, '', errors);
  const asked = asList(spec['audiences']).map(asText);
  const audiences = asked.length > 0 ? asked : [tokens.issuer];
  const expiresAt = now + expirationSeconds * 1000;
  const ref = asObject(spec['boundObjectRef']);
  const { name, namespace = '', uid = '' } = account.metadata;
  const token = tokens.sign({
    account: { namespace, name, uid },
    audiences,
    issuedAt: now,
    expiresAt,
    id: prng.uuid(),
    ...(ref ? { boundTo: { kind: asText(ref['kind']), name: asText(ref['name']), uid: asText(ref['uid']) } } : {}),
  });
  return {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: toTimestamp(now) },
    spec: { audiences, expirationSeconds, boundObjectRef: ref ?? null },
    status: { token, expirationTimestamp: toTimestamp(expiresAt) },
  };
}

/** AdmissionReviews: the request that a webhook gets, and what its answer says. */
import type { AdmissionRequest } from '../access/policy-matching.ts';
import { inVersion, kindOf } from '../access/request-versions.ts';
import { ApiError } from '../machinery/errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft, isObject } from '../machinery/json.ts';
import { answeredObject } from '../outside/answers.ts';
import type { CallResult } from '../machinery/session.ts';
import type { Hook } from './hook-index.ts';
import type { Invocation } from './invocation.ts';

/** All but the uid. */
export function reviewRequest({ type }: Invocation, request: AdmissionRequest): Draft {
  const { subresource, name, namespace, user, operation, options } = request;
  const kind = (of: Invocation['type']): Draft => {
    const { group, version, kind } = kindOf(of, subresource);
    return { group, version, kind };
  };
  const resource = (of: Invocation['type']): Draft => ({ group: of.group, version: of.version, resource: of.resource });
  const seen = inVersion(request, type);
  return {
    kind: kind(type),
    resource: resource(type),
    ...(subresource === '' ? {} : { subResource: subresource }),
    requestKind: kind(request.type),
    requestResource: resource(request.type),
    ...(subresource === '' ? {} : { requestSubResource: subresource }),
    ...(name === '' ? {} : { name }),
    ...(namespace === '' ? {} : { namespace }),
    operation,
    userInfo: {
      username: user.name,
      ...(user.uid === undefined || user.uid === '' ? {} : { uid: user.uid }),
      ...(user.groups.length === 0 ? {} : { groups: user.groups }),
      ...(user.extra === undefined || Object.keys(user.extra).length === 0 ? {} : { extra: user.extra }),
    },
    object: seen.object ?? null,
    oldObject: seen.old ?? null,
    dryRun: request.dryRun !== undefined,
    options,
  };
}

export interface Ruling {
  readonly allowed: boolean;
  readonly warnings: readonly string[];
  /** The text of its JSON patch; empty: it changes nothing. */
  readonly patch: string;
  readonly patchType: string;
  readonly status: Draft | undefined;
}

/** What a webhook's answer says, or why that cannot be told: VerifyAdmissionResponse of k8s.io/apiserver. */
export function rulingOf(hook: Hook, outcome: CallResult): Ruling | { readonly problem: string } {
  if ('problem' in outcome) return { problem: `failed to call webhook: ${outcome.problem}` };
  const answered = answeredObject(outcome.response);
  if ('problem' in answered) return { problem: `failed to call webhook: ${answered.problem}` };
  const { object } = answered;
  const response = asObject(object['response']);
  const invalid = (problem: string) => ({ problem: `received invalid webhook response: ${problem}` });
  if (!response) return invalid('webhook response was absent');
  const patch = asText(response['patch']);
  const patchType = response['patchType'];
  if (hook.reviewVersion === 'v1') {
    const problem = responseProblem(object, response, { uid: outcome.uid, kind: hook.kind });
    if (problem !== undefined) return invalid(problem);
  }
  return {
    allowed: response['allowed'] === true,
    warnings: asList(response['warnings']).map(asText),
    patch: hook.kind === 'mutating' ? Buffer.from(patch, 'base64').toString('utf8') : '',
    // It was not looked at in v1beta1, which knew this one alone.
    patchType: hook.reviewVersion === 'v1' ? asText(patchType) : 'JSONPatch',
    status: asObject(response['status']),
  };
}

function responseProblem(
  object: Draft,
  response: Draft,
  asked: { readonly uid: string; readonly kind: Hook['kind'] },
): string | undefined {
  const uid = asText(response['uid']);
  if (uid !== asked.uid) return `expected response.uid=${JSON.stringify(asked.uid)}, got ${JSON.stringify(uid)}`;
  const [apiVersion, kind] = [asText(object['apiVersion']), asText(object['kind'])];
  if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview')
    return `expected webhook response of admission.k8s.io/v1, Kind=AdmissionReview, got ${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}`;
  const patch = asText(response['patch']);
  const patchType = response['patchType'] ?? undefined;
  if (asked.kind === 'validating') {
    if (patch !== '') return 'validating webhook may not return response.patch';
    return patchType === undefined ? undefined : 'validating webhook may not return response.patchType';
  }
  if (patch !== '' && patchType === undefined) return 'webhook returned response.patch but not response.patchType';
  if (patch === '' && patchType !== undefined) return 'webhook returned response.patchType but not response.patch';
  return patchType === '' ? 'webhook returned invalid response.patchType of ""' : undefined;
}

/** The refusal that a webhook's denial becomes: ToStatusErr of k8s.io/apiserver. */
export function denial(hook: Hook, status: Draft | undefined): ApiError {
  const [message, reason] = [asText(status?.['message']), asText(status?.['reason'])];
  const denied = `admission webhook ${JSON.stringify(hook.name)} denied the request`;
  const details = at(status, 'details');
  const code = asNumber(status?.['code']) ?? 0;
  const told = asText(status?.['status']);
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: told === '' || told === 'Success' ? 'Failure' : (told as 'Failure'),
    message:
      message !== ''
        ? `${denied}: ${message}`
        : reason !== ''
          ? `${denied}: ${reason}`
          : `${denied} without explanation`,
    ...(reason === '' ? {} : { reason }),
    ...(isObject(details) ? { details } : {}),
    code: Math.max(400, code),
  });
}

/** The whole review, as it is sent. */
export const reviewText = (hook: Hook, request: Draft, uid: string): string =>
  JSON.stringify({
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${hook.reviewVersion ?? 'v1'}`,
    request: { uid, ...request },
  });

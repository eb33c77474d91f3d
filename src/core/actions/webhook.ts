/**
 * `webhook`: calls an endpoint that the operator's configuration names. Only the configuration knows its URL and the
 * key that signs the call; the body stands in the plan, and nothing in it is secret. Whether a call arrived whose
 * answer was lost cannot be found out: it is never repeated.
 */
import { given } from '../../std/given.ts';
import { describeObject, targetRef } from '../observation.ts';
import { type BuiltInKind, type PlanInput, refused } from './action-kind.ts';
import { call, oneRequest } from './requests.ts';

/** What receivers can rely on: fields are added under the same version, never changed or removed. */
export const CALL_VERSION = 'kubeskippy.io/call-v1';

export const webhook: BuiltInKind = {
  kinds: 'any',
  proof: 'healed',
  wayBack: 'no',
  rbac: [],
  reach: ({ template: { webhookAction }, settings: { endpoints } }) => [
    { to: 'endpoints', names: endpoints.filter((name) => name === webhookAction?.name) },
  ],
  plan: (input) => {
    const name = input.template.webhookAction?.name ?? '';
    const { endpoints } = input.settings;
    if (input.settings.withheld.includes(name)) return notGranted('endpoint', name, input);
    if (!endpoints.includes(name)) {
      const known = endpoints.length === 0 ? 'none is configured' : `configured are ${endpoints.join(', ')}`;
      return refused('UnknownEndpoint', `the operator's configuration has no endpoint ${name}; ${known}`);
    }
    const description = `call endpoint ${name} for ${describeObject(input.target)}`;
    return oneRequest(call(name, { body: callBody(input), description }));
  },
  classify: () => 'unknown',
};

export function notGranted(what: 'endpoint' | 'channel', name: string, { origin }: Pick<PlanInput, 'origin'>) {
  const namespace = origin.policy?.namespace ?? origin.namespace;
  return refused('NotGranted', `the operator's configuration does not let namespace ${namespace} use ${what} ${name}`);
}

/** What endpoints and channels are told about an action. */
export function callBody({ target, template, origin, marker }: PlanInput): Readonly<Record<string, unknown>> {
  return {
    version: CALL_VERSION,
    id: marker,
    action: {
      namespace: origin.namespace,
      name: origin.name,
      uid: origin.uid,
      template: template.name,
      ...given({ description: template.description }),
    },
    ...given({ policy: origin.policy, trigger: origin.trigger }),
    evidence: origin.evidence,
    target: targetRef(target),
  };
}

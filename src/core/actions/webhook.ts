/**
 * `webhook`: calls an endpoint that the operator's configuration names. Where it lives and how the call is signed only
 * the configuration knows; what is sent stands in the plan, and nothing in it is secret. What came of a call whose
 * answer was lost cannot be asked anywhere: it is never repeated.
 */
import { targetRef } from '../observation.ts';
import { type ActionKind, type PlanInput, type PlanResult, refused } from './action-kind.ts';

/** What receivers can rely on: fields are added under the same version, never changed or removed. */
export const CALL_VERSION = 'kubeskippy.io/call-v1';

export const webhook: ActionKind = {
  kinds: 'any',
  proof: 'healed',
  wayBack: 'no',
  rbac: [],
  plan: (input) => {
    const name = input.template.webhookAction?.name ?? '';
    const { endpoints } = input.settings;
    if (!endpoints.includes(name)) {
      const known = endpoints.length === 0 ? 'none is configured' : `configured are ${endpoints.join(', ')}`;
      return refused('UnknownEndpoint', `the operator's configuration has no endpoint ${name}; ${known}`);
    }
    return callOf(input, name);
  },
  classify: () => 'unknown',
};

function callOf(input: PlanInput, name: string): PlanResult {
  const { kind, metadata } = input.target;
  const description = `call endpoint ${name} for ${kind} ${metadata.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata.name}`;
  return {
    kind: 'requests',
    summary: description,
    requests: [
      {
        method: 'POST',
        path: '',
        endpoint: name,
        contentType: 'application/json',
        body: JSON.stringify(callBody(input)),
        description,
      },
    ],
    changes: [],
    next: 'verify',
  };
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
      ...(template.description !== undefined && { description: template.description }),
    },
    ...(origin.policy !== undefined && { policy: origin.policy }),
    ...(origin.trigger !== undefined && { trigger: origin.trigger }),
    evidence: origin.evidence,
    target: targetRef(target),
  };
}

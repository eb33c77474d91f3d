/**
 * HealingAction on the wire: the write-ahead log of healing. Its spec never changes; its status is the phase machine's
 * state.
 */
import * as z from 'zod';
import { actionTemplateSchema } from './action-template.ts';
import { actionStatusSchema, type ActionStatus } from './action-status.ts';
import {
  duration,
  field,
  generation,
  int32,
  message,
  objectName,
  serviceAccount,
  targetResourceSchema,
  timestamp,
} from './fields.ts';
import type { ObjectMeta } from '../shapes/kube.ts';

export const policyRefSchema = z.object({
  name: objectName("The policy's name."),
  namespace: objectName("The policy's namespace."),
  uid: field(z.string().max(128), "The policy's UID.").exactOptional(),
});

export const retryPolicySchema = z.object({
  maxAttempts: field(int32(1, 100), 'Attempts, the first one included.').default(3),
  backoffDelay: duration('Wait before the second attempt.').default('30s'),
  backoffMultiplier: field(z.number().min(1).max(100), 'By how much each wait is longer than the one before.', {
    format: 'double',
  }).default(2),
});

export const evidenceSchema = z.object({
  source: field(
    z.string().max(253),
    'Where it was seen: `condition`, `event`, `expression`, or the name of a metric source.',
  ),
  observedAt: timestamp('When it was seen.'),
  message: message('What was seen.'),
  value: field(z.string().max(64), 'The value, for metrics and counts.').exactOptional(),
  object: field(targetResourceSchema, 'The object it was seen on, when that is not the target itself.').exactOptional(),
});
export type Evidence = z.output<typeof evidenceSchema>;

export const DEFAULT_TIMEOUT = '10m';

export const actionSpecSchema = field(
  z.object({
    policyRef: field(policyRefSchema, 'The policy it carries out. Omitted when a person created it.').exactOptional(),
    targetResource: field(targetResourceSchema, 'What is healed.'),
    action: actionTemplateSchema,
    serviceAccountName: serviceAccount(
      'The ServiceAccount as which plans are read and everything is changed: of the namespace of the policy, else of the action.',
    ).exactOptional(),
    approvalRequired: field(z.boolean(), 'Waits for approval before anything is done.').default(false),
    dryRun: field(z.boolean(), 'Requests are sent with `dryRun=All`; nothing changes.').default(false),
    timeout: duration('How long one attempt may take.').default(DEFAULT_TIMEOUT),
    retryPolicy: field(retryPolicySchema, 'What happens after a failed attempt.').prefault({}),
    trigger: field(z.string().max(253), 'Name of the trigger that fires.').exactOptional(),
    evidence: field(z.array(evidenceSchema).max(16), 'What was seen, when, and from which source.', {
      'x-kubernetes-list-type': 'atomic',
    }).exactOptional(),
    policyGeneration: generation('Generation of the policy that was decided on.').exactOptional(),
    episode: field(
      z.object({
        startedAt: timestamp('Start of the episode it answers.'),
        step: field(int32(0, 1024), 'Step of the ladder, counted from 0.'),
      }),
      'Which episode and step it is; its name derives from them.',
    ).exactOptional(),
  }),
  'What is to be done. Never changes.',
  {
    'x-kubernetes-validations': [
      { rule: 'self == oldSelf', message: 'spec is immutable', reason: 'FieldValueForbidden' },
    ],
  },
);
export type ActionSpec = z.output<typeof actionSpecSchema>;
export type ActionSpecInput = z.input<typeof actionSpecSchema>;

export interface HealingActionObject {
  readonly apiVersion: string;
  readonly kind: 'HealingAction';
  readonly metadata: ObjectMeta;
  readonly spec: ActionSpecInput;
  readonly status?: ActionStatus;
}

export const healingActionSchema = z.object({
  spec: actionSpecSchema,
  status: field(actionStatusSchema, 'How far it is.').exactOptional(),
});

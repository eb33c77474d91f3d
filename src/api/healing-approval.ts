/**
 * HealingApproval on the wire: one person's word on one HealingAction. It says which spec and which plan were read, so
 * that it speaks for no other. It never changes; another word is another object.
 */
import * as z from 'zod';
import { fromTimestamp, type Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { field, message, objectName, timestamp } from './fields.ts';

/** `sha256:` and 64 hexadecimal digits. */
const digest = (description: string) =>
  field(
    z
      .string()
      .max(71)
      .regex(/^sha256:[0-9a-f]{64}$/),
    description,
  );

export const decisions = ['Approve', 'Reject'] as const;

export const approvalSpecSchema = field(
  z.object({
    action: objectName('Name of the HealingAction, in the namespace of this object.'),
    decision: field(z.enum(decisions), 'Whether the action may go on.'),
    reason: message('Why; a rejection needs one.').exactOptional(),
    approvedBy: field(z.string().min(1).max(253), 'User name of the person who decides; must be the caller.'),
    specHash: digest('`status.approval.specHash` of the action, as it was read.'),
    planHash: digest('`status.approval.planHash` of the action: of the plan that was read.').exactOptional(),
    expiresAt: timestamp('After this it is worth nothing, whatever the action waits for.').exactOptional(),
  }),
  'What was decided on which action. Never changes.',
  {
    'x-kubernetes-validations': [
      { rule: 'self == oldSelf', message: 'spec is immutable', reason: 'FieldValueForbidden' },
      {
        rule: "self.decision != 'Approve' || has(self.planHash)",
        message: 'planHash is required to approve',
        reason: 'FieldValueRequired',
      },
      {
        rule: "self.decision != 'Reject' || (has(self.reason) && self.reason != '')",
        message: 'reason is required to reject',
        reason: 'FieldValueRequired',
      },
    ],
  },
);
export type ApprovalSpec = z.output<typeof approvalSpecSchema>;

export const healingApprovalSchema = z.object({ spec: approvalSpecSchema });

/** As it is judged. */
export interface HealingApproval {
  readonly namespace: string;
  readonly name: string;
  /** When the API server took it. */
  readonly createdAt: Instant;
  readonly spec: Omit<ApprovalSpec, 'expiresAt'>;
  readonly expiresAt?: Instant;
}

/** Undefined when it is none that could be judged: without a time of its own, or not of its schema. */
export function parseApproval(object: KubeObject): HealingApproval | undefined {
  const result = healingApprovalSchema.safeParse({ spec: object['spec'] });
  const { name, namespace = '', creationTimestamp } = object.metadata;
  const createdAt = fromTimestamp(creationTimestamp);
  if (!result.success || createdAt === undefined) return undefined;
  const { expiresAt: until, ...spec } = result.data.spec;
  const expiresAt = fromTimestamp(until);
  // A time that cannot be read is over.
  if (until !== undefined && expiresAt === undefined) return undefined;
  return { namespace, name, createdAt, spec, ...given({ expiresAt }) };
}

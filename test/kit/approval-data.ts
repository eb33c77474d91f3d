/** The word of people on the action of core-data, as the core judges it. */
import type { HealingApproval } from '../../src/api/healing-approval.ts';
import type { ApprovalScene } from '../../src/core/authority/approval.ts';
import { MINUTE, T0 } from './core-data.ts';

export const SPEC_HASH = `sha256:${'5'.repeat(64)}`;
export const PLAN_HASH = `sha256:${'9'.repeat(64)}`;

type Change = Partial<HealingApproval['spec']> & {
  readonly name?: string;
  readonly at?: number;
  readonly until?: number;
};

/** Ann approves the spec and the plan, a minute after T0. */
export const approvalOf = ({ name = 'yes', at = MINUTE, until, ...spec }: Change = {}): HealingApproval => ({
  namespace: 'shop',
  name,
  createdAt: T0 + at,
  spec: { action: 'web', decision: 'Approve', approvedBy: 'ann', specHash: SPEC_HASH, planHash: PLAN_HASH, ...spec },
  ...(until !== undefined && { expiresAt: T0 + until }),
});

export const rejectionOf = (change: Change = {}): HealingApproval =>
  approvalOf({ name: 'no', decision: 'Reject', reason: 'not today', ...change });

/** An action that asked at T0 and waits for half an hour, where the admission policy has been in force for long. */
export const approvalScene = (change: Partial<ApprovalScene> = {}): ApprovalScene => ({
  approvals: [],
  specHash: SPEC_HASH,
  planHash: PLAN_HASH,
  until: T0 + 30 * MINUTE,
  guard: { state: 'in force', since: T0 - 30 * MINUTE },
  unproven: 'refuse',
  ...change,
});

/**
 * Asking a person: the plan stands in the status while the action waits, with the digests that an approval has to name.
 * A plan that has become another one is asked for again.
 */
import type { ActionStatus, Plan } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import { planDigest, specDigest } from '../authority/plan-digest.ts';
import { type Planned, type PlannedStage, recordOfPlan } from './claim.ts';
import { finish } from './ending.ts';
import { planRefused } from './failure.ts';
import type { Terms } from './terms.ts';

type Asking = Pick<Terms, 'approvalTimeoutMs' | 'undo'> & { readonly now: Instant };

/** Of an action that waits and has not asked yet. */
export function asked(action: HealingAction, planned: Planned, asking: Asking): ActionStatus {
  if (planned.kind === 'gone')
    return finish(action.status, { phase: 'Cancelled', reason: 'TargetGone', message: planned.message }, asking.now);
  if (planned.kind === 'refused') return planRefused(action, planned, asking);
  return waiting(action, { plan: planToShow(action, planned, asking.now), why: '' }, asking);
}

/** The plan that was made to be carried out is another than the one that was approved; undefined when it is not. */
export function askedAgain(action: HealingAction, planned: PlannedStage, asking: Asking): ActionStatus | undefined {
  const { spec, phase, status } = action;
  if (!spec.approvalRequired || phase !== 'Approved') return undefined;
  const plan = recordOfPlan(action, planned, asking.now);
  if (planDigest(plan) === status.approval?.planHash) return undefined;
  const why = `the plan has changed since ${status.approval?.approvedBy ?? 'somebody'} approved it; `;
  return waiting(action, { plan, why }, asking);
}

/** With nothing to send now, the plan is empty: once there is something, it is asked for. */
function planToShow(
  action: HealingAction,
  planned: Exclude<Planned, { readonly kind: 'gone' | 'refused' }>,
  now: Instant,
): Plan {
  if (planned.kind === 'requests') return recordOfPlan(action, planned, now);
  const summary = planned.kind === 'wait' ? planned.message : planned.summary;
  return recordOfPlan(action, { kind: 'requests', requests: [], changes: [], next: 'verify', summary }, now);
}

function waiting(
  action: HealingAction,
  { plan, why }: { readonly plan: Plan; readonly why: string },
  { approvalTimeoutMs, now }: Asking,
): ActionStatus {
  const expiresAt = toMicroTime(now + approvalTimeoutMs);
  return {
    ...action.status,
    phase: 'Pending',
    reason: 'AwaitingApproval',
    message: `${why}waits for approval until ${expiresAt}: ${plan.summary ?? ''}`.slice(0, MAX_MESSAGE),
    plan,
    approval: {
      required: true,
      approved: false,
      requestedAt: toMicroTime(now),
      expiresAt,
      specHash: specDigest(action),
      planHash: planDigest(plan),
    },
  };
}

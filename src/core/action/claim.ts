/**
 * Claiming: the number of the attempt, the stage and its plan stand in the status before the first request leaves (law
 * 2).
 */
import {
  type ActionStatus,
  MAX_CHANGES,
  MAX_REQUESTS,
  type Plan,
  type ResourceChange,
} from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { assert } from '../../std/assert.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import type { PlanResult } from '../actions/action-kind.ts';
import { removes, withQuote } from './carried-out.ts';
import type { Baseline } from './harm.ts';
import { withoutValues } from './hidden-values.ts';
import { given } from '../../std/given.ts';
import { wellFormedText } from '../../std/well-formed.ts';

export type PlannedStage = Extract<PlanResult, { readonly kind: 'requests' }>;

/** `gone`: the target is not there any more, or another object has its name. */
export type Planned = PlanResult | { readonly kind: 'gone'; readonly message: string };

export const marker = (action: HealingAction, attempt: number): string => `${action.uid}/${attempt}`;

/** The stage that is planned next; another attempt begins with the first. */
export const nextStage = ({ status }: HealingAction): number =>
  status.stageTime === undefined ? 1 : (status.plan?.stage ?? 1) + 1;

/** Whether what is planned next is another stage of the attempt that was claimed, or an attempt of its own. */
export const nextAttempt = ({ status }: HealingAction): number =>
  (status.attempts ?? 0) + (status.stageTime === undefined ? 1 : 0);

/** A stage as the status keeps it. */
export const recordOfPlan = (action: HealingAction, plan: PlannedStage, now: Instant): Plan => ({
  attempt: nextAttempt(action),
  stage: nextStage(action),
  continues: plan.next === 'plan again',
  plannedAt: toMicroTime(now),
  summary: plan.summary.slice(0, MAX_MESSAGE),
  requests: plan.requests.map(withoutValues),
  changes: Math.min(plan.changes.length, MAX_CHANGES),
});

/** The status that claims a stage: the plan is in it before its first request leaves (law 2). */
export function claimed(
  action: HealingAction,
  plan: PlannedStage,
  { baseline, now }: { readonly baseline?: Baseline; readonly now: Instant },
): ActionStatus {
  assert(plan.requests.length > 0 && plan.requests.length <= MAX_REQUESTS, `a stage has 1 to ${MAX_REQUESTS} requests`);
  const {
    nextAttemptTime: _due,
    stageTime: _staged,
    effectTime: _done,
    verification: _seen,
    ...status
  } = action.status;
  const record = recordOfPlan(action, plan, now);
  const { attempt } = record;
  const before = status.baseline ?? baseline;
  return {
    ...status,
    phase: 'InProgress',
    reason: 'Executing',
    message: `attempt ${attempt} of ${action.retry.maxAttempts}: ${plan.summary}`.slice(0, MAX_MESSAGE),
    startTime: status.startTime ?? toMicroTime(now),
    attempts: attempt,
    lastAttemptTime: toMicroTime(now),
    plan: record,
    ...given({ baseline: before }),
    result: { success: false, changes: withChanges(status.result?.changes ?? [], plan.changes) },
  };
}

/** A pod whose eviction is asked for again is told once. */
function withChanges(before: readonly ResourceChange[], added: readonly ResourceChange[]): ResourceChange[] {
  const again = (one: ResourceChange) =>
    removes(one) && added.some((other) => removes(other) && other.oldValue === one.oldValue);
  return [...before.filter((one) => !again(one)), ...added].slice(-MAX_CHANGES);
}

/** While a stage is waited for: the message says what is missing. Undefined when it says so already. */
export function waitingFor(action: HealingAction, message: string): ActionStatus | undefined {
  const text = wellFormedText(withQuote(message, action.status).slice(0, MAX_MESSAGE));
  return action.status.message === text ? undefined : { ...action.status, reason: 'InStages', message: text };
}

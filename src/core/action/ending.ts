/** How an action ends, and the mark that says whether anything of it left. */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { EXECUTED } from './past-action.ts';
import type { ActionReason, ExecutedReason } from '../reasons/index.ts';

export function finish(
  status: ActionStatus,
  end: {
    readonly phase: 'Succeeded' | 'Failed' | 'Cancelled';
    readonly reason: ActionReason;
    readonly message: string;
  },
  now: Instant,
): ActionStatus {
  const { nextAttemptTime: _due, stageTime: _staged, ...rest } = status;
  const message = end.message.slice(0, MAX_MESSAGE);
  const success = end.phase === 'Succeeded';
  return {
    ...rest,
    phase: end.phase,
    reason: end.reason,
    message,
    completionTime: toMicroTime(now),
    result: { ...rest.result, success, message, ...given({ error: success ? undefined : message }) },
  };
}

/** Something of it has left for the cluster, whatever came after. */
export const isExecuted = ({ conditions }: ActionStatus): boolean =>
  conditions?.some(({ type, status }) => type === EXECUTED && status === 'True') ?? false;

/** Requests of an attempt were carried out: that stands in the status from then on, whatever becomes of the others. */
export function withSent(status: ActionStatus, sent: number, now: Instant): ActionStatus {
  if (sent === 0 || isExecuted(status)) return status;
  const message = `${sent} of ${status.plan?.requests?.length ?? sent} planned requests were carried out`;
  return { ...status, conditions: withExecuted(status, { status: 'True', reason: 'Done', message }, now) };
}

/** The condition `Executed`. */
export function withExecuted(
  status: ActionStatus,
  condition: {
    readonly status: 'True' | 'False';
    readonly reason: ExecutedReason | ActionReason;
    readonly message: string;
  },
  now: Instant,
) {
  const others = (status.conditions ?? []).filter(({ type }) => type !== EXECUTED);
  return [
    ...others,
    {
      type: EXECUTED,
      ...condition,
      message: condition.message.slice(0, MAX_MESSAGE),
      lastTransitionTime: toMicroTime(now),
    },
  ];
}

/** What an action's status becomes between claim and effect: stopped by a gate, withdrawn, or sent. */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { type Instant, toMicroTime } from '../../std/clock.ts';
import type { Verdict } from '../gates/proposal.ts';
import { withoutUndone } from './carried-out.ts';
import { unclear } from './classification.ts';
import { carriedOut, type Effect } from './effect.ts';
import { finish } from './ending.ts';
import { attemptFailed } from './failure.ts';
import { WITHDRAWN } from './past-action.ts';
import { failureOf, type ServerRefusal } from './refusals.ts';
import type { Sent } from './stage-replies.ts';
import type { Terms } from './terms.ts';
import type { VerdictReason } from '../reasons/index.ts';

type Refused = Extract<Verdict, { readonly allow: false }>;

/** The episode that the action answers has ended. */
export const hasRecovered = ({ reason, retryAt }: Refused): boolean => reason === 'NotFiring' && retryAt === undefined;

/** With which reason and message an action ends that a gate has refused for good. */
export const endOf = (refused: Refused): { readonly reason: VerdictReason | 'Resolved'; readonly message: string } => ({
  reason: hasRecovered(refused) ? 'Resolved' : refused.reason,
  message: refused.message,
});

/** Ends an action of which nothing was sent: Cancelled when it was never claimed, else Failed. */
export function withdrawn(
  action: HealingAction,
  why: { readonly reason: VerdictReason | 'TargetGone' | 'Resolved'; readonly message: string },
  { undo, now }: { readonly undo: Terms['undo']; readonly now: Instant },
): ActionStatus {
  if (action.phase === 'Approved') return finish(action.status, { phase: 'Cancelled', ...why }, now);
  const never = { retry: 'never', executed: 'no', mark: WITHDRAWN, random: 0, undo } as const;
  return attemptFailed(action, { ...why, ...never }, now);
}

export interface Chance {
  /** From 0 to 1: spreads retries. */
  readonly random: number;
  readonly undo: Terms['undo'];
  readonly now: Instant;
}

/**
 * A gate refused on live reads, after the claim. An action that only has to give way for now, and one that is in the
 * middle, tries again. The others end: the decision is made anew.
 */
export function stopped(
  action: HealingAction,
  { verdict, how }: { readonly verdict: Refused; readonly how: 'begins' | 'continues' },
  { random, undo, now }: Chance,
): ActionStatus {
  const message = `refused at the last moment: ${verdict.message}`;
  const { reason } = endOf(verdict);
  if (how === 'begins' && verdict.turn !== 'ours') return withdrawn(action, { reason, message }, { undo, now });
  const mark = how === 'begins' ? { mark: WITHDRAWN } : {};
  const failure = { reason, message, retry: 'later', executed: 'no', ...mark } as const;
  return attemptFailed(action, { ...failure, random, undo }, now);
}

/** Undefined: nothing is written, and the claim is looked at again. */
export function afterSending(
  action: HealingAction,
  { sent, effect }: { readonly sent: Sent; readonly effect: Effect },
  { random, undo, now }: Chance,
): ActionStatus | undefined {
  switch (sent.kind) {
    case 'done':
      return carriedOut(action, { ...effect, answers: sent.answers, refused: sent.refused }, now);
    case 'stopped':
      return undefined;
    case 'unclear':
      return unclear(action, sent.message);
    case 'refused': {
      const { done, failures } = sent;
      const again = done.length === 0 && failures.every(({ code }) => code === 'Conflict');
      if (again && (action.status.plan?.stage ?? 1) > 1) return stageAgain(action, failures, now);
      return attemptFailed(action, { ...failureOf(failures), executed: 'no', done, random, undo }, now);
    }
  }
}

/**
 * The object was changed between reading and writing, most often by its own controller, which reports what the stage
 * before has set off. The stage is planned again at once, on the new version; the time of the action bounds how often.
 */
function stageAgain(action: HealingAction, failures: readonly ServerRefusal[], now: Instant): ActionStatus {
  const message = `planned again: ${failures[0]?.message ?? 'its object has changed'}`.slice(0, MAX_MESSAGE);
  return { ...withoutUndone(action.status, []), reason: 'InStages', message, stageTime: toMicroTime(now) };
}

/** What follows from a plan: nothing more to do, a stage to claim, a wait, or the end. */
import type { ActionStatus } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Instant } from '../../std/clock.ts';
import type { Outcome } from '../actions/action-kind.ts';
import { askedAgain } from './asking.ts';
import { nextStage, type Planned, type PlannedStage } from './claim.ts';
import { carriedOut, type Effect, effected } from './effect.ts';
import { isExecuted } from './ending.ts';
import { planRefused } from './failure.ts';
import { withdrawn } from './last-moment.ts';
import type { Terms } from './terms.ts';

export type ClaimStep =
  | { readonly do: 'commit'; readonly status: ActionStatus }
  | { readonly do: 'hold'; readonly message: string }
  | { readonly do: 'claim'; readonly plan: PlannedStage; readonly how: 'begins' | 'continues' };

/**
 * Whether the plan alone is not enough: an earlier attempt may have been carried out after its refusal or its loss was
 * noted, and what is done already is not done again (I3). Between stages the plan itself sees what is there.
 */
export const asksOutcome = (action: HealingAction, planned: Planned): boolean =>
  (action.status.attempts ?? 0) > 0 && (planned.kind === 'gone' || nextStage(action) === 1);

export function claimStep(
  action: HealingAction,
  seen: {
    readonly planned: Planned;
    /** Of the earlier attempts, where it was asked for. */
    readonly outcome?: Outcome;
    readonly effect: Effect;
    readonly terms: Pick<Terms, 'undo' | 'approvalTimeoutMs'>;
  },
  now: Instant,
): ClaimStep {
  const { planned, outcome, effect, terms } = seen;
  const { undo } = terms;
  const commit = (status: ActionStatus) => ({ do: 'commit', status }) as const;
  if (planned.kind === 'gone') {
    // A target that an earlier stage took away may be what was wanted.
    if (outcome === 'done') return commit(effected(action, effect, now));
    return commit(withdrawn(action, { reason: 'TargetGone', message: planned.message }, { undo, now }));
  }
  if (outcome === 'done') return commit(carriedOut(action, effect, now));
  switch (planned.kind) {
    case 'refused':
      return commit(planRefused(action, planned, { undo, now }));
    case 'wait':
      return { do: 'hold', message: planned.message };
    case 'complete':
      return commit(effected(summarised(action, planned.summary), effect, now));
    case 'requests': {
      const again = askedAgain(action, planned, { ...terms, now });
      if (again !== undefined) return commit(again);
      return { do: 'claim', plan: planned, how: begins(action) ? 'begins' : 'continues' };
    }
  }
}

/** Nothing of it was carried out so far. */
const begins = (action: HealingAction): boolean => nextStage(action) === 1 && !isExecuted(action.status);

/** The summary of all stages takes the place of the last stage's. */
function summarised(action: HealingAction, summary: string): HealingAction {
  const { plan } = action.status;
  return plan === undefined ? action : { ...action, status: { ...action.status, plan: { ...plan, summary } } };
}

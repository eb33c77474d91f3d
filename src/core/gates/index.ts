/** The gates, in the order in which they are asked; the first refusal is the one that is shown. */
import type { Instant } from '../../std/clock.ts';
import { ALLOW, type Gate, type Proposal, type Verdict } from '../proposal.ts';
import { budgetExhausted } from './budget-exhausted.ts';
import { circuitOpen } from './circuit-open.ts';
import { coolingDown } from './cooling-down.ts';
import { massFailure } from './mass-failure.ts';
import { outOfScope } from './out-of-scope.ts';
import { outsideWindow } from './outside-window.ts';
import { protectedTarget } from './protected.ts';
import { rateLimited } from './rate-limited.ts';
import { rolloutInProgress } from './rollout-in-progress.ts';
import { staleObservation } from './stale-observation.ts';
import { suspended } from './suspended.ts';

export const gates: readonly Gate[] = [
  suspended,
  protectedTarget,
  outOfScope,
  staleObservation,
  massFailure,
  outsideWindow,
  rateLimited,
  coolingDown,
  budgetExhausted,
  circuitOpen,
  rolloutInProgress,
];

/** What is asked before an action that has begun goes on: budgets and limits were met when it began, and it counts in them. */
export const continuingGates: readonly Gate[] = [suspended, protectedTarget];

export function judge(proposal: Proposal, now: Instant, asked: readonly Gate[] = gates): Verdict {
  // An action that exists already neither competes with itself nor counts twice.
  const seen =
    proposal.self === undefined ? proposal : { ...proposal, history: proposal.history.filter((action) => action.uid !== proposal.self) };
  for (const gate of asked) {
    const verdict = gate.check(seen, now);
    if (!verdict.allow) return verdict;
  }
  return ALLOW;
}

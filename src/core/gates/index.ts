/**
 * The gates. All of them have to allow an action; the first refusal is the one that is shown, so that the order decides
 * what a person reads: first what only people can change, last what passes by itself.
 */
import type { Instant } from '../../std/clock.ts';
import type { GateReason } from '../reasons/index.ts';
import { isActive, isClaimed, precedes } from '../history.ts';
import { ALLOW, type Gate, type Proposal, type Verdict } from './proposal.ts';
import { analysisVeto } from './analysis-veto.ts';
import { budgetExhausted } from './budget-exhausted.ts';
import { chronic } from './chronic.ts';
import { circuitOpen } from './circuit-open.ts';
import { commonCause } from './common-cause.ts';
import { coolingDown } from './cooling-down.ts';
import { massFailure } from './mass-failure.ts';
import { notFiring } from './not-firing.ts';
import { outOfScope } from './out-of-scope.ts';
import { outsideWindow } from './outside-window.ts';
import { protectedTarget } from './protected.ts';
import { rateLimited } from './rate-limited.ts';
import { rolloutInProgress } from './rollout-in-progress.ts';
import { staleObservation } from './stale-observation.ts';
import { suspended } from './suspended.ts';
import { uncordoned } from './uncordoned.ts';

export const gates: readonly Gate[] = [
  // First: a person has stopped everything, and until they lift that no other reason is worth reading.
  suspended,
  // Before the scope: the mark on the object is what its owner looks for, and it holds against every policy.
  protectedTarget,
  // Before all that judges the target's state: one that is gone, or that is not this policy's, has none to be judged.
  outOfScope,
  // Before all that counts: on old data every figure below may be wrong.
  staleObservation,
  // Before all that is a reason to wait: what is well is waited for by nothing.
  notFiring,
  // Before all that passes by itself: a person has decided it for this episode.
  uncordoned,
  // Before the target's own reasons: when many fail together, the cause is not in any one of them.
  massFailure,
  // Beside the stop of one policy: the same over all of them.
  commonCause,
  // Before the limits: people have set these hours, and the limits may be free again when they begin.
  outsideWindow,
  // Before the cool-down: an hour that is used up holds longer than the minutes after one action.
  rateLimited,
  // Before the budget: the action that has just ended on this target says more about it than actions elsewhere do.
  coolingDown,
  // Before the breaker: a half-open one admits a single action, and this gate names the one that is in flight.
  budgetExhausted,
  // After all limits, since it is no limit but a judgement: the policy's actions do not help.
  circuitOpen,
  // Beside the breaker: the policy's actions do help, and not for long.
  chronic,
  // Before what passes by itself: a person has to put the cause right, and reads here what it is.
  analysisVeto,
  // Last: it passes by itself, in the minutes that a rollout takes.
  rolloutInProgress,
];

/**
 * Asked before an action that has begun goes on. Budgets and limits were judged when it began, and it counts in them.
 */
export const continuingGates: readonly Gate[] = [suspended, protectedTarget];

/**
 * An action that exists already neither competes with itself nor counts twice, and younger ones wait for it. A claimed
 * action may be at work, so that it stands against all others, older ones too. An action reads all others after its own
 * claim: of two actions the one that claimed last sees the first, so that never both go on. When each sees the other,
 * the older one has its turn and the younger gives up.
 */
export function judge(proposal: Proposal, now: Instant, asked: readonly Gate[] = gates): Verdict<GateReason> {
  const { self } = proposal;
  const judged = competing(proposal);
  const verdict = firstRefusal(judged, now, asked);
  if (verdict.allow || self === undefined) return verdict;
  const older = judged.history.filter((action) => !isActive(action) || precedes(action, self));
  return firstRefusal({ ...proposal, history: older }, now, asked).allow ? { ...verdict, turn: 'ours' } : verdict;
}

/** One gate alone: its verdict, and what it saw. */
export interface GateView {
  readonly gate: Gate['reason'];
  readonly verdict: Verdict<GateReason>;
  readonly seen: string;
}

/** What each gate says, also after the first refusal, which is the one that decides. */
export function judgeEach(proposal: Proposal, now: Instant, asked: readonly Gate[] = gates): readonly GateView[] {
  const judged = competing(proposal);
  return asked.map(({ reason, check, passed }) => {
    const verdict = check(judged, now);
    return { gate: reason, verdict, seen: verdict.allow ? passed(judged, now) : verdict.message };
  });
}

/** Of the other actions those that stand against it. */
function competing(proposal: Proposal): Proposal {
  const { self } = proposal;
  if (self === undefined) return proposal;
  const others = proposal.history.filter(({ uid }) => uid !== self.uid);
  return {
    ...proposal,
    history: others.filter((action) => !isActive(action) || isClaimed(action) || precedes(action, self)),
  };
}

function firstRefusal(proposal: Proposal, now: Instant, asked: readonly Gate[]): Verdict<GateReason> {
  for (const gate of asked) {
    const verdict = gate.check(proposal, now);
    if (!verdict.allow) return verdict;
  }
  return ALLOW;
}

/**
 * Why a target is healed, or why it is not: trigger by trigger and gate by gate, by the same functions that decide. The
 * input may come from a file or from a live cluster.
 */
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { causeText } from '../analysis/standing.ts';
import { describeTarget } from '../observation.ts';
import {
  type Decision,
  type Evaluation,
  type EvaluationInput,
  evaluateTarget,
  type Facts,
  proposalNow,
  rungNow,
  watchedNow,
} from '../target/evaluate-target.ts';
import type { Rung } from '../target/ladder.ts';
import { episodeNow, type WatchedTrigger } from '../target/watched-triggers.ts';
import { explainGates } from './explained-gates.ts';
import { explainTrigger } from './explained-triggers.ts';
import type { Explanation } from './explanation.ts';
import { secondAfter } from './instants.ts';

export function explainTarget(
  input: EvaluationInput,
  now: Instant,
): { readonly evaluation: Evaluation; readonly explanation: Explanation } {
  const evaluation = evaluateTarget(input, now);
  const decision = input.policy.suspend
    ? 'nothing: spec.suspend is true, and no trigger is looked at'
    : decisionText(evaluation.decision, input);
  if (input.policy.suspend) return { evaluation, explanation: { triggers: [], gates: [], decision } };
  const watched = watchedNow(input, now);
  const episode = episodeNow(watched, input.state.startedAt);
  const rung = rungNow(input, episode, now);
  const explanation = {
    triggers: watched.map(explainTrigger),
    ...given({ ladder: ifGiven(rung, rungText), tried: triedIn(input, episode.startedAt) }),
    gates: rung?.kind === 'next' ? explainGates(proposalNow(input, rung.action, episode), now) : [],
    ...given({ why: whyOf(input.facts) }),
    decision: decision + notSeen(evaluation.decision, watched),
  };
  return { evaluation, explanation };
}

/** Nothing is done where nothing fires; that it cannot be told whether it does is no sign of health. */
function notSeen({ kind }: Decision, watched: readonly WatchedTrigger[]): string {
  const unknown = watched
    .filter(({ firing }) => firing.holds === 'unknown' && firing.notApplicable !== true)
    .map(({ trigger }) => trigger.name);
  return kind === 'nothing' && unknown.length > 0 ? `; of ${unknown.join(', ')} it cannot be told` : '';
}

function triedIn({ policy, facts }: EvaluationInput, startedAt: Instant | undefined): readonly string[] | undefined {
  const tried = facts.history
    .filter((one) => one.policyUid === policy.uid && one.targetUid === facts.target.uid)
    .filter(({ episodeStart }) => episodeStart !== undefined && episodeStart === startedAt)
    .toSorted((a, b) => a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : 1))
    .map(({ template, namespace, name, phase, ended, completedAt }) => {
      const how = completedAt === undefined ? '' : ` at ${toTimestamp(completedAt)}`;
      return `${template} (${namespace}/${name}): ${phase}${ended === undefined ? '' : `, ${ended}`}${how}`;
    });
  return tried.length === 0 ? undefined : tried;
}

/** Before the first look has ended nothing is known. */
export const whyOf = ({ analysis }: Pick<Facts, 'analysis'>): string | undefined =>
  analysis?.at === undefined ? undefined : causeText(analysis);

function rungText(rung: Rung): string {
  switch (rung.kind) {
    case 'next':
      return `action ${rung.action.name} (${rung.action.type}) is next, as step ${rung.step} of the episode`;
    case 'inFlight':
      return `action ${rung.action.namespace}/${rung.action.name} is ${rung.action.phase}; its end is waited for`;
    case 'pause':
      return `${rung.message}; it is proposed again from ${secondAfter(rung.until)} on`;
    case 'stopped':
      return `${rung.reason}: ${rung.message}`;
    case 'none':
      return rung.message;
  }
}

/** In a sentence. */
export function decisionText(decision: Decision, { facts }: Pick<EvaluationInput, 'facts'>): string {
  const target = describeTarget(facts.target);
  switch (decision.kind) {
    case 'nothing':
      return `nothing: no trigger fires for ${target}`;
    case 'inFlight':
      return `nothing more: action ${decision.action.namespace}/${decision.action.name} is ${decision.action.phase}`;
    case 'blocked': {
      const until = decision.until === undefined ? '' : ` (until ${secondAfter(decision.until)})`;
      return `blocked, ${decision.reason}: ${decision.message}${until}`;
    }
    case 'exhausted':
      return `nothing more in this episode, ${decision.reason}: ${decision.message}`;
    case 'would':
      return decision.message;
    case 'propose':
      return `propose ${decision.action.name} (${decision.action.type}) for ${target}, because of ${decision.triggers.join(', ')}`;
  }
}

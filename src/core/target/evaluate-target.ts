/**
 * One policy × one target, at one instant: triggers → episode → ladder → gates → decision. A function of its input
 * alone; the input serialises, so that any decision of production can be computed again.
 */
import type { Evidence } from '../../api/healing-action.ts';
import type { Action, HealingPolicy, Trigger } from '../../api/policy.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { endingOf } from '../ended.ts';
import { INACTIVE, type TriggerState } from './episode.ts';
import { judge } from '../gates/index.ts';
import type { PastAction } from '../history.ts';
import type { BlockedReason, LadderEnd } from '../reasons/index.ts';
import { nextRung, type Rung } from './ladder.ts';
import { describeTarget, type Observation } from '../observation.ts';
import type { Proposal } from '../gates/proposal.ts';
import {
  changesOf,
  type EpisodeNow,
  episodeNow,
  isUnknown,
  type TriggerChange,
  type WatchedTrigger,
  watchTriggers,
} from './watched-triggers.ts';

/** What is remembered of one target between evaluations; it lives in the policy's status (law 4). */
export interface TargetState {
  /** By name; triggers that are inactive are left out. */
  readonly triggers: Readonly<Record<string, TriggerState>>;
  /** Start of the episode: when the first of its triggers began to hold. */
  readonly startedAt?: Instant;
  /** Ordinal of the next action of the episode. */
  readonly step: number;
  readonly exhausted: boolean;
}

export const HEALTHY: TargetState = { triggers: {}, step: 0, exhausted: false };

/** `ended`: it has come to its end, and is counted among nothing. */
export type Standing = 'healthy' | 'unhealthy' | 'unknown' | 'ended';

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'inFlight'; readonly action: PastAction }
  | {
      readonly kind: 'blocked';
      readonly action?: string;
      readonly reason: BlockedReason;
      readonly message: string;
      readonly until?: Instant;
    }
  /** The end of the ladder: nothing more is done in this episode. */
  | { readonly kind: 'exhausted'; readonly reason: LadderEnd; readonly message: string }
  /** Mode monitor: what would be done. */
  | { readonly kind: 'would'; readonly action: Action; readonly message: string }
  | {
      readonly kind: 'propose';
      readonly action: Action;
      readonly step: number;
      readonly episodeStart: Instant;
      readonly triggers: readonly string[];
      readonly evidence: readonly Evidence[];
    };

/** Left to people, as at the end of a ladder, until days have passed. */
export const isChronic = (decision: Decision): boolean => decision.kind === 'blocked' && decision.reason === 'Chronic';

export interface Evaluation {
  readonly state: TargetState;
  readonly standing: Standing;
  /** Triggers that began to fire or resolved now. */
  readonly changes: readonly TriggerChange[];
  readonly decision: Decision;
  /** Absolute; undefined: only a change of the world can change the answer. */
  readonly wakeAt?: Instant;
}

/** The facts that gates need, without what follows from policy and action. */
export type Facts = Omit<Proposal, 'actionType' | 'policy' | 'self' | 'trigger' | 'episodeStart'> & {
  readonly outOfScope?: string;
};

export interface EvaluationInput {
  readonly policy: HealingPolicy;
  readonly observation: Observation;
  readonly state: TargetState;
  readonly facts: Facts;
}

export function evaluateTarget(input: EvaluationInput, now: Instant): Evaluation {
  const { policy, state } = input;
  if (policy.suspend) {
    const standing = Object.keys(state.triggers).length > 0 ? 'unknown' : 'healthy';
    return { state: unwatched(state, now), standing, changes: [], decision: { kind: 'nothing' } };
  }
  const watched = watchedNow(input, now);
  const episode = episodeNow(watched, state.startedAt);
  const { triggers, startedAt } = episode;
  const standing = standingOf(
    policy,
    { triggers },
    { unknown: watched.some(isUnknown), target: input.observation.target },
  );
  const changes = changesOf(watched);
  const wakes = watched.map(({ step }) => step.wakeAt);
  if (startedAt === undefined)
    return { state: HEALTHY, standing, changes, decision: { kind: 'nothing' }, ...wake(wakes) };
  const { decision, wakeAt } = decide(input, episode, now);
  const step = decision.kind === 'propose' ? decision.step : state.step;
  // What was exhausted and has cleared for a while is still the same episode.
  const exhausted =
    decision.kind === 'nothing' ? state.exhausted : decision.kind === 'exhausted' || isChronic(decision);
  return {
    state: { triggers, startedAt, step, exhausted },
    standing,
    changes,
    decision,
    ...wake([...wakes, wakeAt]),
  };
}

export const watchedNow = ({ policy, observation, state }: EvaluationInput, now: Instant): readonly WatchedTrigger[] =>
  watchTriggers({ triggers: policy.triggers, observation, before: state.triggers }, now);

/** Nobody looks while the policy is suspended, and what nobody sees does not count (I12). */
function unwatched(state: TargetState, now: Instant): TargetState {
  const blind = Object.entries(state.triggers).map(([name, trigger]) => [
    name,
    { ...trigger, unknownSince: trigger.unknownSince ?? now },
  ]);
  return { ...state, triggers: Object.fromEntries(blind) as TargetState['triggers'] };
}

/** The next step of the ladder; undefined while nothing fires. */
export function rungNow(
  { policy, state, facts }: EvaluationInput,
  episode: EpisodeNow,
  now: Instant,
): Rung | undefined {
  if (episode.startedAt === undefined || episode.firing.length === 0) return undefined;
  const { target, chain, history } = facts;
  const createdAt = fromTimestamp(facts.object?.metadata.creationTimestamp);
  return nextRung({
    policy,
    target,
    chain,
    ...given({ createdAt }),
    firing: answeredBy(episode),
    episodeStart: episode.startedAt,
    step: state.step,
    history,
    ...given({ analysis: facts.analysis }),
    dryRun: policy.mode === 'dryrun' || facts.limits.dryRun === 'All' ? 'All' : 'none',
    now,
  });
}

/** What the gates judge of an action that would be next. */
export function proposalNow({ policy, facts }: EvaluationInput, action: Action, episode: EpisodeNow): Proposal {
  const cooldownMs = cooldownOf(policy.triggers, episode.firing);
  const judged = proposalOf({ policy, facts }, action, cooldownMs);
  const proposal = { ...judged, ...given({ episodeStart: episode.startedAt }) };
  const [name] = episode.seen;
  if (name !== undefined) {
    const { detail } = episode.triggers[name] ?? INACTIVE;
    return { ...proposal, trigger: { name, state: 'holds', detail } };
  }
  if (proposal.stale !== undefined) return proposal;
  // An episode outlives missing data, but nothing is done on what is not seen (I13).
  const fired = episode.firing.join(', ');
  return { ...proposal, stale: `trigger ${fired} fired, and what would tell whether it still does is missing` };
}

/** An action answers what is seen; when nothing is, what fired last. */
const answeredBy = ({ seen, firing }: EpisodeNow): readonly string[] => (seen.length > 0 ? seen : firing);

function decide(input: EvaluationInput, episode: EpisodeNow, now: Instant): { decision: Decision; wakeAt?: Instant } {
  const rung = rungNow(input, episode, now);
  switch (rung?.kind) {
    case undefined:
      return { decision: { kind: 'nothing' } };
    case 'inFlight':
      return { decision: { kind: 'inFlight', action: rung.action } };
    case 'none':
      return { decision: { kind: 'blocked', reason: 'NoAction', message: rung.message } };
    case 'pause':
      return blocked({
        action: rung.action.template,
        reason: 'NotCarriedOut',
        message: rung.message,
        until: rung.until,
      });
    case 'stopped':
      return { decision: { kind: 'exhausted', reason: rung.reason, message: rung.message } };
    case 'next':
      return decideOn(input, { ...rung, episode }, now);
  }
}

type Blocked = Omit<Extract<Decision, { readonly kind: 'blocked' }>, 'kind'>;

const blocked = (why: Blocked): { decision: Decision; wakeAt?: Instant } => ({
  decision: { kind: 'blocked', ...why },
  ...given({ wakeAt: why.until }),
});

function decideOn(
  input: EvaluationInput,
  next: { readonly action: Action; readonly step: number; readonly episode: EpisodeNow },
  now: Instant,
): { decision: Decision; wakeAt?: Instant } {
  const { policy, facts } = input;
  const { action, step, episode } = next;
  const firing = answeredBy(episode);
  const verdict = judge(proposalNow(input, action, episode), now);
  if (!verdict.allow) {
    const { reason, message, retryAt } = verdict;
    return blocked({ action: action.name, reason, message, ...given({ until: retryAt }) });
  }
  if (policy.mode === 'monitor') {
    const message = `would ${action.type} ${describeTarget(facts.target)} (${action.name}); mode is monitor`;
    return { decision: { kind: 'would', action, message } };
  }
  const evidence = firing.map((name) => evidenceOf(policy, { name, trigger: episode.triggers[name] ?? INACTIVE }, now));
  return {
    decision: {
      kind: 'propose',
      action,
      step,
      episodeStart: episode.startedAt ?? now,
      triggers: firing,
      evidence: evidence.slice(0, 16),
    },
  };
}

/** The proposal that gates judge; the same function serves both times they run. */
export function proposalOf(
  { policy, facts }: { readonly policy: HealingPolicy; readonly facts: Facts },
  action: Action,
  cooldownMs: number,
): Proposal {
  const { outOfScope, ...rest } = facts;
  return {
    ...rest,
    actionType: action.type,
    policy: {
      uid: policy.uid,
      name: policy.name,
      namespace: policy.namespace,
      suspended: policy.suspend,
      analysis: policy.analysis,
      safety: policy.safety,
      cooldownMs,
      ...given({ outOfScope }),
    },
  };
}

/** The longest cool-down of the triggers that fire. */
export const cooldownOf = (triggers: readonly Trigger[], firing: readonly string[]): number =>
  Math.max(0, ...triggers.filter(({ name }) => firing.includes(name)).map(({ cooldownMs }) => cooldownMs));

function evidenceOf(
  policy: HealingPolicy,
  seen: { readonly name: string; readonly trigger: TriggerState },
  now: Instant,
): Evidence {
  const { value, detail } = seen.trigger;
  const type = policy.triggers.find(({ name }) => name === seen.name)?.type ?? 'condition';
  return {
    source: type,
    observedAt: toMicroTime(now),
    message: `${seen.name}: ${detail}`.slice(0, 1024),
    ...given({ value: ifGiven(value, String) }),
  };
}

/**
 * Unhealthy as soon as a trigger holds: while many targets are pending at once it is already known that much is
 * failing. A node whose cordon can be taken back is well.
 */
function standingOf(
  policy: Pick<HealingPolicy, 'triggers'>,
  state: Pick<TargetState, 'triggers'>,
  { unknown, target }: { readonly unknown: boolean; readonly target: KubeObject },
): Standing {
  const ofWell = new Set(policy.triggers.flatMap(({ name, type }) => (type === 'cordoned' ? [name] : [])));
  const ofTrouble = Object.entries(state.triggers).filter(([name]) => !ofWell.has(name));
  if (ofTrouble.some(([, trigger]) => trigger.unknownSince === undefined)) return 'unhealthy';
  return endingOf(target) !== undefined ? 'ended' : unknown ? 'unknown' : 'healthy';
}

function wake(instants: readonly (Instant | undefined)[]): { readonly wakeAt?: Instant } {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? {} : { wakeAt: Math.min(...known) };
}

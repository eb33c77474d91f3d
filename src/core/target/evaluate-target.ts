/**
 * One policy × one target, at one instant: triggers → episode → ladder → gates → decision. A function of its input
 * alone; the input serialises, so that any decision of production can be computed again.
 */
import type { Evidence } from '../../api/healing-action.ts';
import type { Action, HealingPolicy, Trigger } from '../../api/policy.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { INACTIVE, stepTrigger, type TriggerState } from './episode.ts';
import { judge } from '../gates/index.ts';
import type { PastAction } from '../history.ts';
import { nextRung } from './ladder.ts';
import { describeTarget, type Observation } from '../observation.ts';
import type { Proposal } from '../gates/proposal.ts';
import { evaluateTrigger } from '../triggers/index.ts';

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

export type Standing = 'healthy' | 'unhealthy' | 'unknown';

export type Decision =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'inFlight'; readonly action: PastAction }
  | {
      readonly kind: 'blocked';
      readonly action?: string;
      readonly reason: string;
      readonly message: string;
      readonly until?: Instant;
    }
  /** The end of the ladder: nothing more is done in this episode. */
  | { readonly kind: 'exhausted'; readonly reason: 'Exhausted' | 'MadeWorse' | 'Oscillating'; readonly message: string }
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

export interface Evaluation {
  readonly state: TargetState;
  readonly standing: Standing;
  /** Triggers that began to fire or resolved now. */
  readonly changes: readonly {
    readonly trigger: string;
    readonly change: 'firing' | 'resolved';
    readonly detail: string;
  }[];
  readonly decision: Decision;
  /** Absolute; undefined: only a change of the world can change the answer. */
  readonly wakeAt?: Instant;
}

/** The facts that gates need, without what follows from policy and action. */
export type Facts = Omit<Proposal, 'actionType' | 'policy' | 'self'> & {
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
  const watched = watchTriggers(input, now);
  const active = Object.entries(watched.triggers);
  // What has cleared and keeps firing keeps the episode; there is nothing to heal at the moment.
  const firing = active
    .filter(([, { state: stage, clearedAt }]) => stage === 'firing' && clearedAt === undefined)
    .map(([name]) => name);
  const standing = standingOf({ triggers: watched.triggers }, watched.unknown);
  if (active.length === 0)
    return {
      state: HEALTHY,
      standing,
      changes: watched.changes,
      decision: { kind: 'nothing' },
      ...wake([watched.wakeAt]),
    };

  const startedAt = state.startedAt ?? Math.min(...active.map(([, trigger]) => trigger.since));
  const episode: TargetState = { triggers: watched.triggers, startedAt, step: state.step, exhausted: state.exhausted };
  if (firing.length === 0)
    return {
      state: episode,
      standing,
      changes: watched.changes,
      decision: { kind: 'nothing' },
      ...wake([watched.wakeAt]),
    };

  const decided = decide(input, { firing, startedAt, triggers: watched.triggers }, now);
  const step = decided.decision.kind === 'propose' ? decided.decision.step : state.step;
  return {
    state: { ...episode, step, exhausted: decided.decision.kind === 'exhausted' },
    standing,
    changes: watched.changes,
    decision: decided.decision,
    ...wake([watched.wakeAt, decided.wakeAt]),
  };
}

/** Nobody looks while the policy is suspended, and what nobody sees does not count (I12). */
function unwatched(state: TargetState, now: Instant): TargetState {
  const blind = Object.entries(state.triggers).map(([name, trigger]) => [
    name,
    { ...trigger, unknownSince: trigger.unknownSince ?? now },
  ]);
  return { ...state, triggers: Object.fromEntries(blind) as TargetState['triggers'] };
}

function watchTriggers({ policy, observation, state }: EvaluationInput, now: Instant) {
  const triggers: Record<string, TriggerState> = {};
  const changes: { trigger: string; change: 'firing' | 'resolved'; detail: string }[] = [];
  const wakes: (Instant | undefined)[] = [];
  let unknown = false;
  for (const trigger of policy.triggers) {
    const seen = evaluateTrigger(trigger, observation, now);
    const step = stepTrigger(state.triggers[trigger.name] ?? INACTIVE, seen, now);
    if (step.next.state !== 'inactive') triggers[trigger.name] = step.next;
    // Of a trigger that held before, even "not applicable" says only that its evidence is out of sight.
    const harmless = seen.firing.notApplicable === true || seen.firing.noEvidence === true;
    if (seen.firing.holds === 'unknown' && (!harmless || step.next.state !== 'inactive')) unknown = true;
    if (step.change === 'firing' || step.change === 'resolved')
      changes.push({ trigger: trigger.name, change: step.change, detail: step.next.detail });
    wakes.push(step.wakeAt);
  }
  return { triggers, changes, unknown, ...wake(wakes) };
}

interface FiringEpisode {
  readonly firing: readonly string[];
  readonly startedAt: Instant;
  readonly triggers: Readonly<Record<string, TriggerState>>;
}

function decide(
  { policy, state, facts }: EvaluationInput,
  episode: FiringEpisode,
  now: Instant,
): { decision: Decision; wakeAt?: Instant } {
  const { target, chain, history } = facts;
  const seen = episode.firing.filter((name) => episode.triggers[name]?.unknownSince === undefined);
  const firing = seen.length > 0 ? seen : episode.firing;
  const dryRun = policy.mode === 'dryrun' || facts.limits.dryRun === 'All' ? 'All' : 'none';
  const createdAt = fromTimestamp(facts.object?.metadata.creationTimestamp);
  const rung = nextRung({
    policy,
    target,
    chain,
    ...(createdAt !== undefined && { createdAt }),
    firing,
    episodeStart: episode.startedAt,
    step: state.step,
    history,
    dryRun,
    now,
  });
  switch (rung.kind) {
    case 'inFlight':
      return { decision: { kind: 'inFlight', action: rung.action } };
    case 'none':
      return { decision: { kind: 'blocked', reason: 'NoAction', message: rung.message } };
    case 'pause':
      return {
        decision: {
          kind: 'blocked',
          action: rung.action.template,
          reason: 'CoolingDown',
          message: `action ${rung.action.name} was cancelled just now`,
          until: rung.until,
        },
        wakeAt: rung.until,
      };
    case 'stopped':
      return { decision: { kind: 'exhausted', reason: rung.reason, message: rung.message } };
    case 'next':
      break;
  }
  const { action, step } = rung;
  // An episode outlives missing data, but nothing is done on what is not seen (I13).
  if (seen.length === 0) {
    const message = `trigger ${firing.join(', ')} fired, and what would tell whether it still does is missing`;
    return { decision: { kind: 'blocked', action: action.name, reason: 'StaleObservation', message } };
  }
  const verdict = judge(proposalOf({ policy, facts }, action, cooldownOf(policy.triggers, episode.firing)), now);
  if (!verdict.allow) {
    const { reason, message, retryAt } = verdict;
    const until = retryAt === undefined ? {} : { until: retryAt };
    return {
      decision: { kind: 'blocked', action: action.name, reason, message, ...until },
      ...(retryAt !== undefined && { wakeAt: retryAt }),
    };
  }
  if (policy.mode === 'monitor') {
    return {
      decision: {
        kind: 'would',
        action,
        message: `would ${action.type} ${describeTarget(target)} (${action.name}); mode is monitor`,
      },
    };
  }
  const evidence = firing.map((name) => evidenceOf(policy, { name, trigger: episode.triggers[name] ?? INACTIVE }, now));
  return {
    decision: {
      kind: 'propose',
      action,
      step,
      episodeStart: episode.startedAt,
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
      safety: policy.safety,
      cooldownMs,
      ...(outOfScope !== undefined && { outOfScope }),
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
    ...(value !== undefined && { value: String(value) }),
  };
}

/**
 * Unhealthy as soon as a trigger holds: while many targets are pending at once it is already known that much is
 * failing.
 */
function standingOf(state: Pick<TargetState, 'triggers'>, unknown: boolean): Standing {
  if (Object.values(state.triggers).some((trigger) => trigger.unknownSince === undefined)) return 'unhealthy';
  return unknown ? 'unknown' : 'healthy';
}

function wake(instants: readonly (Instant | undefined)[]): { readonly wakeAt?: Instant } {
  const known = instants.filter((at) => at !== undefined);
  return known.length === 0 ? {} : { wakeAt: Math.min(...known) };
}

/**
 * Which action comes next for a firing target: highest priority first, each once an episode. It ends when there is none
 * left, when one has made things worse (I7), or when healing goes in a circle.
 */
import type { Action, HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { isFinished, isOnWorkload, type PastAction, type WorkloadRef } from '../history.ts';
import { MADE_WORSE } from '../action/harm.ts';
import { describeTarget, type TargetRef } from '../observation.ts';
import type { LadderEnd } from '../reasons/index.ts';
import { type Oscillation, oscillationOf, oscillationWindow, outcomesOn } from './oscillation.ts';
import { rootUid } from '../gates/proposal.ts';

export interface LadderInput {
  readonly policy: HealingPolicy;
  readonly target: TargetRef;
  readonly chain: readonly KubeObject[];
  /** When the target was made. */
  readonly createdAt?: Instant;
  /** Names of the triggers that fire. */
  readonly firing: readonly string[];
  readonly episodeStart: Instant;
  /** Ordinal that was persisted with the episode; never goes back, even when old actions are collected. */
  readonly step: number;
  readonly history: readonly PastAction[];
  /** `All`: what is proposed will be a dry run. */
  readonly dryRun: 'All' | 'none';
  readonly now: Instant;
}

export type Rung =
  | { readonly kind: 'next'; readonly action: Action; readonly step: number }
  | { readonly kind: 'inFlight'; readonly action: PastAction }
  /** The last proposal was cancelled before it did anything; it is made again after a pause. */
  | { readonly kind: 'pause'; readonly until: Instant; readonly action: PastAction }
  /** Nothing more is done in this episode. */
  | { readonly kind: 'stopped'; readonly reason: LadderEnd; readonly message: string }
  | { readonly kind: 'none'; readonly message: string };

/**
 * A cancelled proposal is repeated no faster than this; its cause (an edited policy, a taken budget) needs a moment to
 * be seen.
 */
export const CANCELLED_PAUSE_MS = 30_000;

export function nextRung(input: LadderInput): Rung {
  const { policy, target, firing, now } = input;
  const candidates = policy.actions.filter((action) => answers(action, firing) && fits(action, target.kind));
  if (candidates.length === 0) {
    return { kind: 'none', message: `no action of the policy answers ${firing.join(', ')} for kind ${target.kind}` };
  }
  const own = input.history.filter((action) => action.policyUid === policy.uid);
  const episode = own.filter((action) => action.targetUid === target.uid && action.episodeStart === input.episodeStart);
  const running = own.find((action) => !isFinished(action) && action.targetUid === target.uid);
  if (running !== undefined) return { kind: 'inFlight', action: running };

  const cancelled = newest(episode.filter((action) => action.withdrawn));
  const until = (cancelled?.completedAt ?? Number.NEGATIVE_INFINITY) + CANCELLED_PAUSE_MS;
  if (cancelled !== undefined && now < until) return { kind: 'pause', until, action: cancelled };

  const before = [...episode.filter((action) => wasTried(action, input)), ...inherited(input, own)];
  const worse = newest(before.filter(({ ended }) => ended === MADE_WORSE));
  if (worse !== undefined) return { kind: 'stopped', reason: 'MadeWorse', message: sayWorse(worse, target) };
  const tried = new Set(before.map(({ template }) => template));
  const action = candidates.find((candidate) => !tried.has(candidate.name));
  if (action === undefined) {
    const what = `${candidates.length} action(s) of policy ${policy.namespace}/${policy.name} were tried on ${describeTarget(target)}`;
    return { kind: 'stopped', reason: 'Exhausted', message: `${what} and it still fails; a person has to look` };
  }
  const circle = circleOf(input, action);
  if (circle !== undefined) return { kind: 'stopped', reason: 'Oscillating', message: circle };
  return { kind: 'next', action, step: Math.max(input.step, episode.length) };
}

const sayWorse = ({ namespace, name, template }: PastAction, target: TargetRef): string =>
  `action ${template} (${namespace}/${name}) left ${describeTarget(target)} worse than it was; no other is tried on top of that, a person has to look`;

/** Says in which circle healing goes, and when it may be tried again. */
function circleOf(input: LadderInput, next: Action): string | undefined {
  const { policy, target, history, episodeStart, createdAt } = input;
  const windowMs = oscillationWindow(longestCooldown(input));
  const on = { ...workloadOf(input), since: episodeStart - windowMs };
  const outcomes = outcomesOn(history, createdAt === undefined ? on : { ...on, createdAt });
  const circle = oscillationOf(outcomes, { policyUid: policy.uid, template: next.name });
  if (circle === undefined) return undefined;
  const freeAt = toTimestamp((circle.outcomes[0]?.completedAt ?? episodeStart) + windowMs);
  return `${sayCircle(circle, describeTarget(target))}; an episode that begins after ${freeAt} is healed again`;
}

function sayCircle(circle: Oscillation, what: string): string {
  const since = toTimestamp(circle.outcomes[0]?.completedAt ?? 0);
  if (circle.kind === 'alternating') {
    const [one, other] = circle.templates;
    return `actions ${one} and ${other} have alternated on ${what} since ${since}, each answering the other; set their triggers further apart, or take one away`;
  }
  const { phase } = circle.outcomes[0] ?? {};
  const each = phase === 'Succeeded' ? 'helped each time and the trouble came back' : 'failed each time';
  return `action ${circle.template} was done ${circle.outcomes.length} times on ${what} since ${since}, ${each}; it does not cure the cause, a person has to look`;
}

/** A dry run has tried nothing: it counts among dry runs only. */
const wasTried = (action: PastAction, input: LadderInput): boolean =>
  isFinished(action) && !action.withdrawn && (!action.dryRun || input.dryRun === 'All');

const newest = (actions: readonly PastAction[]): PastAction | undefined =>
  actions.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0)).at(-1);

/**
 * An action that failed stays on record when the trigger clears for a moment and comes back: a restart always clears a
 * crash loop until the new pods crash, and an evicted pod comes back as another one. Such an episode goes on where the
 * last one ended. One that begins later than a cool-down after the failure starts at the foot of the ladder.
 */
function inherited(input: LadderInput, own: readonly PastAction[]): readonly PastAction[] {
  const { target, episodeStart } = input;
  const workload = workloadOf(input);
  const cooldownMs = longestCooldown(input);
  return own.filter(
    (action) =>
      action.phase === 'Failed' &&
      action.executed &&
      action.targetKind === target.kind &&
      isOnWorkload(action, workload) &&
      episodeStart - (action.completedAt ?? 0) <= cooldownMs,
  );
}

const workloadOf = ({ target, chain }: LadderInput): WorkloadRef => ({
  targetUid: target.uid,
  namespace: target.namespace,
  rootUid: rootUid(target, chain),
});

const longestCooldown = ({ policy, firing }: LadderInput): number =>
  Math.max(0, ...policy.triggers.filter(({ name }) => firing.includes(name)).map(({ cooldownMs }) => cooldownMs));

const answers = (action: Action, firing: readonly string[]): boolean =>
  action.triggers.length === 0 || action.triggers.some((name) => firing.includes(name));

const fits = (action: Action, kind: string): boolean => action.kinds.length === 0 || action.kinds.includes(kind);

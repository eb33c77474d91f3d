/**
 * Which action comes next for a firing target: highest priority first, each once an episode. An action of which nothing
 * was sent was not tried: it comes again after a pause, in which the others go. The ladder ends when no action is left,
 * when one has made things worse (I7), or when healing goes in a circle.
 */
import type { Action, HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { backoffDelay } from '../../std/backoff.ts';
import { counted } from '../../std/counted.ts';
import { HOUR_MS, isFinished, isOnWorkload, type PastAction, type WorkloadRef } from '../history.ts';
import { MADE_WORSE } from '../action/harm.ts';
import { type AnalysisFacts, type Remedy, remedyOf } from '../analysis/standing.ts';
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
  /** Why the target is unwell; absent where it was not looked. */
  readonly analysis?: AnalysisFacts;
  /** `All`: what is proposed will be a dry run. */
  readonly dryRun: 'All' | 'none';
  readonly now: Instant;
}

export type Rung =
  | { readonly kind: 'next'; readonly action: Action; readonly step: number }
  | { readonly kind: 'inFlight'; readonly action: PastAction }
  /** The last proposal ended with nothing sent; it is made again after a pause. */
  | { readonly kind: 'pause'; readonly until: Instant; readonly action: PastAction; readonly message: string }
  /** Nothing more is done in this episode. */
  | { readonly kind: 'stopped'; readonly reason: LadderEnd; readonly message: string }
  | { readonly kind: 'none'; readonly message: string };

/**
 * An action of which nothing was sent is proposed again, and each time in a row the pause is twice as long. The first
 * lets its cause be seen (an edited policy, a taken budget). At the longest, a target makes 24 such actions a day.
 */
const UNSENT_PAUSE = { baseMs: 30_000, multiplier: 2, maxMs: HOUR_MS, jitter: 0.1 };

export function nextRung(input: LadderInput): Rung {
  const { policy, target, firing, now } = input;
  const candidates = ordered(
    policy.actions.filter((action) => answers(action, firing) && fits(action, target.kind)),
    input,
  );
  if (candidates.length === 0) {
    return { kind: 'none', message: `no action of the policy answers ${firing.join(', ')} for kind ${target.kind}` };
  }
  const own = input.history.filter((action) => action.policyUid === policy.uid);
  const episode = own.filter((action) => action.targetUid === target.uid && action.episodeStart === input.episodeStart);
  const running = own.find((action) => !isFinished(action) && action.targetUid === target.uid);
  if (running !== undefined) return { kind: 'inFlight', action: running };

  const withdrawn = pauseAfter(episode.filter(({ unsent }) => unsent?.how === 'withdrawn'));
  if (withdrawn !== undefined && now < withdrawn.until) return withdrawn;

  const before = [...episode.filter((action) => wasTried(action, input)), ...inherited(input, own)];
  const worse = newest(before.filter(({ ended }) => ended === MADE_WORSE));
  if (worse !== undefined) return { kind: 'stopped', reason: 'MadeWorse', message: sayWorse(worse, target) };
  const rejected = newestOfEach(episode.filter(({ unsent }) => unsent?.how === 'rejected'));
  const tried = new Set(before.map(({ template }) => template));
  const left = candidates.filter(({ name }) => !tried.has(name) && !rejected.has(name));
  const hindered = left.flatMap(({ name }) => pauseAfter(episode.filter(isHindered(name))) ?? []);
  const waits = hindered.filter(({ until }) => now < until);
  const action = left.find(({ name }) => waits.every((one) => one.action.template !== name));
  if (action === undefined) {
    const first = waits.toSorted((a, b) => a.until - b.until)[0];
    return first ?? { kind: 'stopped', reason: 'Exhausted', message: sayExhausted(input, { candidates, rejected }) };
  }
  const circle = circleOf(input, action);
  if (circle !== undefined) return { kind: 'stopped', reason: 'Oscillating', message: circle };
  return { kind: 'next', action, step: Math.max(input.step, episode.length) };
}

const isHindered =
  (template: string) =>
  (action: PastAction): boolean =>
    action.unsent?.how === 'hindered' && action.template === template;

/** What is proposed again, and when; undefined: nothing of it has ended. */
function pauseAfter(unsent: readonly PastAction[]): Extract<Rung, { readonly kind: 'pause' }> | undefined {
  const action = newest(unsent);
  if (action?.completedAt === undefined) return undefined;
  const { completedAt, template, namespace, name, ended = action.phase } = action;
  const until = completedAt + backoffDelay(UNSENT_PAUSE, unsent.length, spread(action));
  const times = unsent.length === 1 ? '' : `, ${unsent.length} times so far`;
  const what = `action ${template} (${namespace}/${name}) ended with nothing sent${times}`;
  return { kind: 'pause', until, action, message: `${what} (${ended}): ${action.unsent?.why ?? ''}` };
}

/** From 0 to 1. Targets that were held up at one moment do not all come back at one. */
const spread = ({ uid }: PastAction): number => {
  let hash = 0;
  for (const letter of uid) hash = (hash * 31 + letter.charCodeAt(0)) % 1009;
  return hash / 1009;
};

const newestOfEach = (actions: readonly PastAction[]): ReadonlyMap<string, PastAction> =>
  new Map(actions.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0)).map((one) => [one.template, one]));

function sayExhausted(
  { policy, target }: LadderInput,
  { candidates, rejected }: { candidates: readonly Action[]; rejected: ReadonlyMap<string, PastAction> },
): string {
  const refused = candidates.flatMap(({ name }) => rejected.get(name) ?? []);
  const tried = candidates.length - refused.length;
  const what = `of policy ${policy.namespace}/${policy.name}`;
  const still =
    tried === 0
      ? `no action ${what} was tried on ${describeTarget(target)}`
      : `${counted(tried, `action ${what} was`, `actions ${what} were`)} tried on ${describeTarget(target)} and it still fails`;
  const not = refused.map(
    ({ template, namespace, name, unsent }) =>
      `; action ${template} (${namespace}/${name}) was not carried out: ${unsent?.why ?? ''}`,
  );
  return `${still}${not.join('')}; a person has to look`;
}

/** What helps against the cause goes first where the policy lets it; what cannot help goes last. */
function ordered(actions: readonly Action[], { policy, analysis }: LadderInput): readonly Action[] {
  if (policy.analysis.order === 'priority' || analysis === undefined) return actions;
  const rank = ({ type }: Action): number => RANKS[remedyOf(analysis.causes, type)];
  return actions.toSorted((a, b) => rank(a) - rank(b));
}

const RANKS: Readonly<Record<Remedy, number>> = { helps: 0, unknown: 1, pointless: 2, harmful: 3 };

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
  isFinished(action) && action.unsent === undefined && (!action.dryRun || input.dryRun === 'All');

const newest = (actions: readonly PastAction[]): PastAction | undefined =>
  actions.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0)).at(-1);

/**
 * An action that failed stays on record when the trigger clears for a moment and comes back: a restart always clears a
 * crash loop until the new pods crash, and an evicted pod comes back as another one. Such an episode goes on where the
 * last one ended, and that one where the one before had ended: a ladder of three that clears the trigger at each step
 * is three episodes, and the first step must not come again. One that begins later than a cool-down after the last
 * failure starts at the foot of the ladder.
 */
function inherited(input: LadderInput, own: readonly PastAction[]): readonly PastAction[] {
  const { target, episodeStart } = input;
  const workload = workloadOf(input);
  const cooldownMs = longestCooldown(input);
  const failed = own
    .filter(
      (action) =>
        action.phase === 'Failed' &&
        action.executed &&
        action.targetKind === target.kind &&
        isOnWorkload(action, workload),
    )
    .toSorted((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
  const chain: PastAction[] = [];
  let from = episodeStart;
  for (const action of failed) {
    if (from - (action.completedAt ?? 0) > cooldownMs) break;
    chain.push(action);
    from = Math.min(from, action.episodeStart ?? from);
  }
  return chain;
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

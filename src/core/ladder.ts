/** Which action comes next for a firing target: highest priority first, each once an episode. */
import type { Action, HealingPolicy } from '../api/policy.ts';
import type { Instant } from '../std/clock.ts';
import { isFinished, type PastAction } from './history.ts';
import { rootUid } from './proposal.ts';
import type { KubeObject } from '../api/kube.ts';
import type { TargetRef } from './observation.ts';

export interface LadderInput {
  readonly policy: HealingPolicy;
  readonly target: TargetRef;
  readonly chain: readonly KubeObject[];
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
  | { readonly kind: 'exhausted'; readonly tried: number }
  | { readonly kind: 'none'; readonly message: string };

/** A cancelled proposal is repeated no faster than this; its cause (an edited policy, a taken budget) needs a moment to be seen. */
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

  const tried = new Set(
    [...episode.filter((action) => wasTried(action, input)), ...inherited(input, own)].map((action) => action.template),
  );
  const action = candidates.find((candidate) => !tried.has(candidate.name));
  if (action === undefined) return { kind: 'exhausted', tried: candidates.length };
  return { kind: 'next', action, step: Math.max(input.step, episode.length) };
}

/** A dry run has tried nothing: it counts among dry runs only. */
const wasTried = (action: PastAction, input: LadderInput): boolean =>
  isFinished(action) && !action.withdrawn && (!action.dryRun || input.dryRun === 'All');

const newest = (actions: readonly PastAction[]): PastAction | undefined =>
  actions.toSorted((a, b) => (a.completedAt ?? 0) - (b.completedAt ?? 0)).at(-1);

/**
 * An action that failed stays on record when the trigger clears for a moment and comes back: a restart always clears a crash loop until the
 * new pods crash, and an evicted pod comes back as another one. Such an episode goes on where the last one ended. One that begins later than
 * a cool-down after the failure starts at the foot of the ladder.
 */
function inherited(input: LadderInput, own: readonly PastAction[]): readonly PastAction[] {
  const { target, firing, episodeStart } = input;
  const root = rootUid(target, input.chain);
  const cooldownMs = Math.max(0, ...input.policy.triggers.filter(({ name }) => firing.includes(name)).map((trigger) => trigger.cooldownMs));
  return own.filter(
    (action) =>
      action.phase === 'Failed' &&
      action.executed &&
      action.targetKind === target.kind &&
      (action.targetUid === target.uid || action.rootUid === root) &&
      episodeStart - (action.completedAt ?? 0) <= cooldownMs,
  );
}

const answers = (action: Action, firing: readonly string[]): boolean =>
  action.triggers.length === 0 || action.triggers.some((name) => firing.includes(name));

const fits = (action: Action, kind: string): boolean => action.kinds.length === 0 || action.kinds.includes(kind);

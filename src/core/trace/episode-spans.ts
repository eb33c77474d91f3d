/**
 * The root of a trace: an episode from its start until it is healed, has passed by itself, or is given up. It is told
 * once it stands in no status any more and no action of it is under way; what it was about stands in the last status
 * that had it, or in its last action.
 */
import type { Phase } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Episode, PolicyStatus } from '../../api/policy-status.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { targetOf } from '../action/refs.ts';
import type { TargetRef } from '../observation.ts';
import {
  between,
  type EpisodeIdentity,
  episodeOfAction,
  rootOfTrace,
  targetAttributes,
  traceOfEpisode,
  type TraceSpan,
} from './span.ts';

/** `resolved`: its triggers hold no more, and no action was proved to have done that. */
export type EpisodeOutcome = 'healed' | 'resolved' | 'exhausted';

export interface EndedEpisode extends EpisodeIdentity {
  /** `namespace/name`. */
  readonly policy: string;
  readonly target: TargetRef;
  readonly triggers: readonly string[];
  readonly steps: number;
  readonly endedAt: Instant;
  readonly outcome: EpisodeOutcome;
}

export function episodeSpan(episode: EndedEpisode): TraceSpan {
  const { policy, target, triggers, steps, startedAt, endedAt, outcome } = episode;
  const traceId = traceOfEpisode(episode);
  return {
    traceId,
    spanId: rootOfTrace(traceId),
    name: 'episode',
    ...between(startedAt, endedAt),
    attributes: {
      'kubeskippy.policy': policy,
      ...targetAttributes(target),
      'kubeskippy.triggers': triggers,
      'kubeskippy.steps': steps,
      'kubeskippy.outcome': outcome,
    },
    ...given({ failed: outcome === 'exhausted' ? 'EpisodeExhausted' : undefined }),
  };
}

/** Of an episode whose last action has ended after the episode has left the status. */
export function endedWithAction(action: HealingAction): EndedEpisode | undefined {
  const identity = episodeOfAction(action);
  const endedAt = fromTimestamp(action.status.completionTime);
  const { policyRef, episode, trigger, dryRun } = action.spec;
  if (identity === undefined || endedAt === undefined || policyRef === undefined) return undefined;
  return {
    ...identity,
    policy: `${policyRef.namespace}/${policyRef.name}`,
    target: targetOf(action),
    triggers: trigger === undefined ? [] : [trigger],
    steps: (episode?.step ?? 0) + 1,
    endedAt,
    outcome: action.phase === 'Succeeded' && !dryRun ? 'healed' : 'resolved',
  };
}

/** The same, of an action as the history keeps it. */
export interface ActionOfEpisode {
  readonly phase: Phase;
  readonly dryRun: boolean;
}

export interface StatusChange {
  readonly policyUid: string;
  readonly policy: string;
  readonly before: PolicyStatus;
  readonly after: PolicyStatus;
  /** Of an episode that has no room in the status. */
  readonly isOpen: (episode: EpisodeIdentity) => boolean;
  readonly actionsOf: (episode: EpisodeIdentity) => readonly ActionOfEpisode[];
}

const isFinished = ({ phase }: ActionOfEpisode): boolean =>
  phase === 'Succeeded' || phase === 'Failed' || phase === 'Cancelled';

/** Whether anything of it was more than a suspicion. */
const hasFired = ({ state, step, triggers }: Episode): boolean =>
  state !== 'Pending' || step > 0 || triggers.some(({ firingSince }) => firingSince !== undefined);

/** The episodes that have ended between two statuses of a policy. */
export function endedWithStatus(change: StatusChange): readonly EndedEpisode[] {
  const { before, after } = change;
  const endedAt = fromTimestamp(after.lastEvaluated);
  if (endedAt === undefined) return [];
  const now = new Map((after.episodes ?? []).map((episode) => [startOf(episode), episode]));
  return (before.episodes ?? []).flatMap((episode) => {
    // One that is given up has been told; it may hold for weeks.
    if (episode.state === 'Exhausted' || !hasFired(episode)) return [];
    const later = now.get(startOf(episode));
    if (later !== undefined && later.state !== 'Exhausted') return [];
    const ended = endOf(change, { episode, endedAt, isExhausted: later !== undefined });
    return ended === undefined ? [] : [ended];
  });
}

const startOf = ({ target, startedAt }: Episode): string => `${target.uid ?? ''}/${startedAt}`;

function endOf(
  { policyUid, policy, isOpen, actionsOf }: StatusChange,
  seen: { readonly episode: Episode; readonly endedAt: Instant; readonly isExhausted: boolean },
): EndedEpisode | undefined {
  const { episode, endedAt } = seen;
  const { target, triggers, step } = episode;
  const startedAt = fromTimestamp(episode.startedAt);
  if (startedAt === undefined) return undefined;
  const identity = { policyUid, targetUid: target.uid ?? '', startedAt };
  const actions = actionsOf(identity);
  if (!seen.isExhausted && (isOpen(identity) || !actions.every(isFinished))) return undefined;
  const healed = actions.some(({ phase, dryRun }) => phase === 'Succeeded' && !dryRun);
  return {
    ...identity,
    policy,
    target: { ...target, uid: identity.targetUid },
    triggers: triggers.map(({ name }) => name),
    steps: step,
    endedAt,
    outcome: seen.isExhausted ? 'exhausted' : healed ? 'healed' : 'resolved',
  };
}

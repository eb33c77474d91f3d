/** An episode as the policy's status keeps it, and back again after a restart. */
import type { Episode, PolicyStatus } from '../../api/policy-status.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { PastAction } from '../history.ts';
import { afterRestart, type TriggerState } from './episode.ts';
import { HEALTHY, type TargetState } from './evaluate-target.ts';
import type { TargetView } from './target-view.ts';

/**
 * An exhausted episode is kept small: one trigger that fires keeps it open until it is seen again, and the second one
 * does when the first is seen to hold no more.
 */
const MAX_EXHAUSTED_TRIGGERS = 2;

export const isFiring = ({ state }: TriggerState): boolean => state === 'firing';

/** `counted`: triggers whose value another process cannot find out again. */
export function episodeOf({ ref, state }: TargetView, counted: ReadonlySet<string>): Episode {
  const entries = Object.entries(state.triggers);
  const firing = entries.some(([, trigger]) => isFiring(trigger));
  const kept = state.exhausted ? entries.toSorted(byVouching(counted)).slice(0, MAX_EXHAUSTED_TRIGGERS) : entries;
  return {
    target: ref,
    startedAt: toMicroTime(state.startedAt ?? 0),
    state: state.exhausted ? 'Exhausted' : firing ? 'Firing' : 'Pending',
    step: state.step,
    triggers: kept.map(([name, trigger]) => ({
      name,
      state: isFiring(trigger) ? 'Firing' : 'Pending',
      pendingSince: toMicroTime(trigger.since),
      ...given({ firingSince: ifGiven(trigger.firingSince, toMicroTime) }),
      // Written only while out of sight, so that watching alone writes nothing.
      ...given({
        lastSeen: ifGiven(trigger.unknownSince, toMicroTime),
        resolvedAt: ifGiven(trigger.clearedAt, toMicroTime),
        value: counted.has(name) ? ifGiven(trigger.value, String) : undefined,
      }),
    })),
  };
}

/** Those first that fire, and of these the ones that a new process does not see at once. */
const byVouching =
  (counted: ReadonlySet<string>) =>
  ([a, one]: readonly [string, TriggerState], [b, other]: readonly [string, TriggerState]): number =>
    Number(isFiring(other)) - Number(isFiring(one)) || Number(counted.has(b)) - Number(counted.has(a));

/** What has room in the status may act; the rest waits for room (law 4). */
export const isPersisted = (episode: Episode | undefined, state: TargetState): boolean =>
  episode !== undefined && fromTimestamp(episode.startedAt) === state.startedAt && episode.state !== 'Pending';

/** What is remembered of a target. */
export interface Remembered {
  readonly episode: Episode | undefined;
  readonly status: Pick<PolicyStatus, 'lastEvaluated' | 'episodesOmitted'>;
  /** The newest action of the policy on the target. */
  readonly action: PastAction | undefined;
}

/** The state of one target as the status remembers it, or else its actions. */
export function restoredState({ episode, status, action }: Remembered, now: Instant): TargetState {
  if (episode === undefined) return status.episodesOmitted === undefined ? HEALTHY : stateOf(action, now);
  const lastSeen = fromTimestamp(status.lastEvaluated) ?? 0;
  const triggers: Record<string, TriggerState> = {};
  for (const { name, state, pendingSince, firingSince, lastSeen: seenAt, resolvedAt, value } of episode.triggers) {
    if (state === 'Resolved') continue;
    const since = fromTimestamp(pendingSince) ?? now;
    const firingAt = fromTimestamp(firingSince);
    const unknownSince = fromTimestamp(seenAt);
    const clearedAt = fromTimestamp(resolvedAt);
    const kept: TriggerState = {
      state: state === 'Firing' ? 'firing' : 'pending',
      since,
      detail: '',
      ...given({ firingSince: firingAt, unknownSince, clearedAt, value: ifGiven(value, Number) }),
    };
    triggers[name] = afterRestart(kept, lastSeen, now);
  }
  const startedAt = fromTimestamp(episode.startedAt);
  return {
    triggers,
    ...given({ startedAt }),
    step: episode.step,
    exhausted: episode.state === 'Exhausted',
  };
}

/**
 * The status had no room for all episodes. That of the newest action may go on: its trigger tells when it is looked
 * at.
 */
function stateOf(action: PastAction | undefined, now: Instant): TargetState {
  const { episodeStart: startedAt, triggers = [] } = action ?? {};
  if (startedAt === undefined) return HEALTHY;
  const firing: TriggerState = { state: 'firing', since: startedAt, detail: '', unknownSince: now };
  return { triggers: Object.fromEntries(triggers.map((name) => [name, firing])), startedAt, step: 0, exhausted: false };
}

/** The triggers of a policy, looked at now for one target, and the episode that they make together. */
import type { Trigger } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Firing, Observation } from '../observation.ts';
import { evaluateTrigger } from '../triggers/index.ts';
import { INACTIVE, type Step, stepTrigger, type TriggerState, type TriggerTiming } from './episode.ts';

/** One trigger, looked at now. */
export interface WatchedTrigger {
  readonly trigger: Trigger;
  readonly firing: Firing;
  readonly timing: TriggerTiming;
  readonly step: Step;
}

interface Watching {
  readonly triggers: readonly Trigger[];
  readonly observation: Observation;
  /** By name, as they were; those that were inactive are left out. */
  readonly before: Readonly<Record<string, TriggerState>>;
}

export function watchTriggers({ triggers, observation, before }: Watching, now: Instant): readonly WatchedTrigger[] {
  const watch = (trigger: Trigger, others: readonly WatchedTrigger[]): WatchedTrigger => {
    const { firing: own, timing } = evaluateTrigger(trigger, observation, now);
    const firing = trigger.type === 'cordoned' && own.holds === 'true' ? (illOf(others) ?? own) : own;
    const step = stepTrigger(before[trigger.name] ?? INACTIVE, { firing, timing }, now);
    return { trigger, firing, timing, step };
  };
  const written = triggers.filter(({ type }) => type !== 'cordoned').map((trigger) => watch(trigger, []));
  const made = triggers.filter(({ type }) => type === 'cordoned').map((trigger) => watch(trigger, written));
  return [...written, ...made];
}

/** Why a node is not well, of which another trigger of the policy has not cleared; undefined: none is open. */
function illOf(others: readonly WatchedTrigger[]): Firing | undefined {
  const open = others.find(({ step }) => step.next.state !== 'inactive');
  if (open !== undefined) return { holds: 'false', detail: `trigger ${open.trigger.name}: ${open.firing.detail}` };
  const unseen = others.find(isUnknown);
  return unseen && { holds: 'unknown', detail: `trigger ${unseen.trigger.name}: ${unseen.firing.detail}` };
}

/** A trigger that began to fire, or resolved. */
export interface TriggerChange {
  readonly trigger: string;
  readonly change: 'firing' | 'resolved';
  readonly detail: string;
}

export const changesOf = (watched: readonly WatchedTrigger[]): readonly TriggerChange[] =>
  watched.flatMap(({ trigger, step: { change, next } }) =>
    change === 'firing' || change === 'resolved' ? [{ trigger: trigger.name, change, detail: next.detail }] : [],
  );

/** Of a trigger that held before, even "not applicable" says only that its evidence is out of sight. */
export const isUnknown = ({ firing, step }: WatchedTrigger): boolean =>
  firing.holds === 'unknown' &&
  ((firing.notApplicable !== true && firing.noEvidence !== true) || step.next.state !== 'inactive');

/** What the triggers say together: the episode as it is now, and which of them fire. */
export interface EpisodeNow {
  /** By name; triggers that are inactive are left out. */
  readonly triggers: Readonly<Record<string, TriggerState>>;
  /** Undefined: there is none. */
  readonly startedAt?: Instant;
  /** What has cleared and keeps firing keeps the episode; there is nothing to heal at the moment. */
  readonly firing: readonly string[];
  /** Those of them whose evidence is in sight. */
  readonly seen: readonly string[];
}

/** `startedAt`: of the episode that goes on, when there is one. */
export function episodeNow(watched: readonly WatchedTrigger[], startedAt: Instant | undefined): EpisodeNow {
  const active = watched
    .map(({ trigger, step }) => [trigger.name, step.next] as const)
    .filter(([, next]) => next.state !== 'inactive');
  const firing = active.filter(([, { state: stage, clearedAt }]) => stage === 'firing' && clearedAt === undefined);
  const seen = firing.filter(([, { unknownSince }]) => unknownSince === undefined);
  const began = Math.min(...active.map(([, { since }]) => since));
  return {
    triggers: Object.fromEntries(active),
    ...given({ startedAt: active.length > 0 ? (startedAt ?? began) : undefined }),
    firing: firing.map(([name]) => name),
    seen: seen.map(([name]) => name),
  };
}

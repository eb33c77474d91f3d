/**
 * The life of one trigger on one target.
 *
 *              holds                held for `duration`
 *   inactive ─────────▶ pending ───────────────────────▶ firing
 *      ▲                  │  no longer holds                │ no longer holds, for `keepFiringFor`
 *      └──────────────────┴─────────────────────────────────┘
 *
 * Unknown keeps the state and stops its clock: "for 5m" accrues over observed time only (I12). A gap in observation
 * longer than MAX_GAP_MS sends *pending* back to its start; *firing* survives gaps and restarts, so that an episode
 * keeps its identity.
 */
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { Firing } from '../observation.ts';

export interface TriggerState {
  readonly state: 'inactive' | 'pending' | 'firing';
  /** Start of pending: the episode's start, and part of its identity. */
  readonly since: Instant;
  readonly firingSince?: Instant;
  /** Set while the data is Unknown. */
  readonly unknownSince?: Instant;
  /** Set while firing and the trigger no longer holds (keepFiringFor is running). */
  readonly clearedAt?: Instant;
  readonly detail: string;
  readonly value?: number;
}

export interface TriggerTiming {
  readonly durationMs: number;
  readonly keepFiringForMs: number;
}

export interface Step {
  readonly next: TriggerState;
  readonly change?: 'pending' | 'firing' | 'resolved';
  readonly wakeAt?: Instant;
}

/** Three evaluation intervals of 15 s. A longer silence is a hole: what happened in it is not known. */
export const MAX_GAP_MS = 45_000;

export const INACTIVE: TriggerState = { state: 'inactive', since: 0, detail: '' };

export function stepTrigger(
  prev: TriggerState,
  seen: { readonly firing: Firing; readonly timing: TriggerTiming },
  now: Instant,
): Step {
  const { firing } = seen;
  if (firing.holds === 'unknown') return stepUnknown(prev, firing, now);
  const current = resume(prev, firing.observedAt ?? now);
  return firing.holds === 'true' ? stepHolding(current, seen, now) : stepCleared(current, seen, now);
}

function stepUnknown(prev: TriggerState, firing: Firing, now: Instant): Step {
  if (prev.state === 'inactive')
    return {
      next: { ...INACTIVE, detail: firing.detail, unknownSince: prev.unknownSince ?? now },
      ...wake(firing.recheckAt),
    };
  return {
    next: { ...prev, unknownSince: prev.unknownSince ?? now, detail: firing.detail },
    ...wake(firing.recheckAt),
  };
}

/** After Unknown: a short hole moves the start of pending by its length, a long one starts pending anew. */
function resume(prev: TriggerState, now: Instant): TriggerState {
  if (prev.unknownSince === undefined) return prev;
  const { unknownSince, ...known } = prev;
  if (prev.state !== 'pending') return known;
  const gap = Math.max(0, now - unknownSince);
  return { ...known, since: gap > MAX_GAP_MS ? now : prev.since + gap };
}

function stepHolding(
  prev: TriggerState,
  seen: { readonly firing: Firing; readonly timing: TriggerTiming },
  now: Instant,
): Step {
  const { firing, timing } = seen;
  const evidence = { detail: firing.detail, ...given({ value: firing.value }) };
  if (prev.state === 'firing') {
    const { clearedAt: _over, value: _old, ...rest } = prev;
    return { next: { ...rest, ...evidence }, ...wake(firing.recheckAt) };
  }
  const { observedAt, unbrokenSince = Number.NEGATIVE_INFINITY } = firing;
  const at = observedAt ?? now;
  const since = prev.state === 'pending' ? Math.max(prev.since, unbrokenSince) : at;
  const dueAt = since + timing.durationMs;
  if (at >= dueAt)
    return {
      next: { state: 'firing', since, firingSince: now, ...evidence },
      change: 'firing',
      ...wake(firing.recheckAt),
    };
  const next: TriggerState = { state: 'pending', since, ...evidence };
  const wakes = wakeWhenDue(firing, dueAt);
  return prev.state === 'pending' ? { next, ...wakes } : { next, change: 'pending', ...wakes };
}

function stepCleared(
  prev: TriggerState,
  seen: { readonly firing: Firing; readonly timing: TriggerTiming },
  now: Instant,
): Step {
  const { firing, timing } = seen;
  const inactive: TriggerState = { ...INACTIVE, detail: firing.detail };
  if (prev.state !== 'firing') return { next: inactive, ...wake(firing.recheckAt) };
  const at = firing.observedAt ?? now;
  const clearedAt = prev.clearedAt ?? at;
  const dueAt = clearedAt + timing.keepFiringForMs;
  if (at >= dueAt) return { next: inactive, change: 'resolved', ...wake(firing.recheckAt) };
  return { next: { ...prev, clearedAt, detail: firing.detail }, ...wakeWhenDue(firing, dueAt) };
}

/** What is looked at once an interval becomes due with the next look, not between two. */
const wakeWhenDue = ({ observedAt, recheckAt }: Firing, dueAt: Instant): { readonly wakeAt?: Instant } =>
  observedAt === undefined ? { wakeAt: Math.min(dueAt, recheckAt ?? dueAt) } : wake(recheckAt);

const wake = (at: Instant | undefined): { readonly wakeAt?: Instant } => (at === undefined ? {} : { wakeAt: at });

/**
 * A state read back after a restart: the time nobody watched does not count. `lastSeen` is when the last evaluation was
 * recorded, which may be older than the last evaluation; so the hole is never underestimated.
 */
export function afterRestart(persisted: TriggerState, lastSeen: Instant, now: Instant): TriggerState {
  if (persisted.state !== 'pending') return persisted;
  return resume({ ...persisted, unknownSince: persisted.unknownSince ?? Math.min(lastSeen, now) }, now);
}

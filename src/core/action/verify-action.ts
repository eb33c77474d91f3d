/**
 * Success is seen, not assumed: the proof of an action must hold without a break for STABLE_MS, and for longer than the
 * illness took to come back, as far as the deadline allows (I6).
 */
import type { ActionStatus } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { formatDuration, parseDuration } from '../../std/duration.ts';
import { finish } from './ending.ts';
import { type Failure, failed } from './failure.ts';
import { MADE_WORSE } from './harm.ts';
import type { Sight } from './proof.ts';

export const STABLE_MS = 10_000;

export interface Verified {
  /** Undefined when there is nothing to write. */
  readonly status?: ActionStatus;
  readonly wakeAt?: Instant;
}

export function verify(
  action: HealingAction,
  { health, harm }: Sight,
  { undo, now }: { readonly undo: 'wanted' | 'unwanted'; readonly now: Instant },
): Verified {
  const before = action.status.verification;
  const deadline = fromTimestamp(before?.deadline) ?? now;
  const startedAt = before?.startedAt ?? toMicroTime(now);
  const what = action.status.plan?.summary ?? 'the action';
  const checkedAt = toMicroTime(now);
  if (health.state === 'healthy') {
    const healthySince = fromTimestamp(before?.healthySince) ?? now;
    const provenAt = provenBy(action, healthySince, deadline);
    if (now >= provenAt) {
      const message = `healthy for ${formatDuration(provenAt - healthySince)} after ${what}`;
      const verification = { ...before, startedAt, state: 'Healthy' as const, checkedAt };
      return {
        status: finish({ ...action.status, verification }, { phase: 'Succeeded', reason: 'Verified', message }, now),
      };
    }
    if (before?.healthySince !== undefined) return { wakeAt: provenAt };
    const verification = { ...before, startedAt, state: 'Stabilising' as const, healthySince: checkedAt, checkedAt };
    return { status: { ...action.status, verification }, wakeAt: provenAt };
  }
  const seen = health.message.slice(0, MAX_MESSAGE);
  if (now >= deadline) {
    const after = `${formatDuration(deadline - (fromTimestamp(startedAt) ?? now))} after ${what}`;
    const verification = { ...before, startedAt, state: 'TimedOut' as const, checkedAt, message: seen };
    const failure: Pick<Failure, 'reason' | 'message'> =
      harm === undefined
        ? { reason: 'NotVerified', message: `not healthy ${after}: ${health.message}` }
        : { reason: MADE_WORSE, message: `worse than before ${after}: ${harm}` };
    const known = { ...action, status: { ...action.status, verification } };
    return { status: failed(known, { ...failure, executed: 'yes' }, { undo, now }) };
  }
  if (before?.state === 'Waiting' || before?.state === 'Unhealthy') return { wakeAt: deadline };
  const { healthySince: _broken, ...rest } = before ?? { startedAt };
  return {
    status: { ...action.status, verification: { ...rest, state: 'Unhealthy', message: seen, checkedAt } },
    wakeAt: deadline,
  };
}

/** What becomes well near the deadline has to stay so for STABLE_MS alone: its time is used up. */
export function provenBy({ status }: Pick<HealingAction, 'status'>, healthySince: Instant, deadline: Instant): Instant {
  const recursMs = parseDuration(status.baseline?.recursWithin ?? '') ?? 0;
  return Math.max(healthySince + STABLE_MS, Math.min(healthySince + recursMs, deadline));
}

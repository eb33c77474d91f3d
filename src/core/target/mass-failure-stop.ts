/**
 * The stop of a mass failure: it begins when too many targets fail at once, outlasts its cause, and is kept in the
 * policy's status, so that it survives a restart (I16).
 *
 *            limit exceeded                limit exceeded: moved on, at most once a minute
 *   no stop ────────────────▶ stop until T ─────────────────────────────────────────────▶ stop until T + …
 *      ▲                          │  T has passed, and the limit holds again
 *      └──────────────────────────┘
 */
import type { PolicyStatus } from '../../api/policy-status.ts';
import type { MaxUnhealthy } from '../../api/policy.ts';
import { fromTimestamp, type Instant, toTimestamp } from '../../std/clock.ts';
import { massFailureOf } from '../gates/mass-failure.ts';
import type { Population } from '../gates/proposal.ts';

/** How long a stop outlasts its cause: a rollout of the cause's repair and the pods' start take minutes. */
const STOP_MS = 300_000;
/**
 * A stop whose cause goes on is moved on when this much of it has passed: the status is written once a minute, not with
 * every pod.
 */
const RENEW_MS = 60_000;

export type Stop = NonNullable<PolicyStatus['massFailure']>;

/** The stop that is in force now; `held` itself when nothing changes. Undefined: none. */
export function nextStop(
  held: Stop | undefined,
  { failures, maxUnhealthy }: { readonly failures: Population; readonly maxUnhealthy: MaxUnhealthy },
  now: Instant,
): Stop | undefined {
  const figures = massFailureOf(failures, maxUnhealthy);
  const until = stoppedUntil(held) ?? 0;
  if (figures === undefined) return now >= until ? undefined : held;
  if (held !== undefined && until - now > STOP_MS - RENEW_MS) return held;
  return { since: held?.since ?? toTimestamp(now), until: toTimestamp(now + STOP_MS), message: figures };
}

export const stoppedUntil = (stop: Stop | undefined): Instant | undefined => fromTimestamp(stop?.until);

/** When a policy's status is written: when it says something new, and as a heartbeat while a trigger is pending. */
import type { PolicyStatus } from '../../api/policy-status.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { TargetState } from './evaluate-target.ts';
import { stoppedUntil } from './mass-failure-stop.ts';
import { saysTheSame } from './policy-status.ts';

/**
 * `lastEvaluated` alone is written at most this often (reference of `status.lastEvaluated`), and only while a trigger
 * is pending: after a restart it tells how long no operator looked (I12). A quiet cluster is left alone (I35).
 */
const HEARTBEAT_MS = 60_000;
/** A kind that the server does not serve may come with a CRD: it is asked for again once a minute. */
const UNKNOWN_KIND_MS = 60_000;
/** How often rules of protection are held against all objects of their kinds, which are read from the caches. */
export const UNUSED_MS = 300_000;
/** Room on a disk comes without a change of the cluster. */
const AUDIT_RECHECK_MS = 5000;

export interface StatusSeen {
  readonly next: PolicyStatus;
  /** As the server holds it. */
  readonly previous: PolicyStatus;
  readonly states: Iterable<TargetState>;
  readonly kinds: 'all served' | 'some unknown';
  /** Rules of protection. An object that they match may come at any time, and it need not be a target. */
  readonly protections: 'used' | 'some unused';
  readonly audit: 'works' | 'fails';
  /** When the open breaker of the policy lets one action try; undefined: it is not open. */
  readonly circuitUntil: Instant | undefined;
}

export interface StatusDue {
  readonly status: 'write' | 'leave';
  /** Absolute; undefined: only a change of the world makes the status due. */
  readonly wakeAt?: Instant;
}

export function statusDue(seen: StatusSeen, now: Instant): StatusDue {
  const { next, previous, states, kinds, protections, audit, circuitUntil } = seen;
  const pending = somePending(states);
  const heartbeatAt = (fromTimestamp(next.lastEvaluated) ?? 0) + HEARTBEAT_MS;
  const due = !saysTheSame(next, previous) || (pending && now >= heartbeatAt);
  const wakeAt = Math.min(
    pending ? (due ? now + HEARTBEAT_MS : heartbeatAt) : Number.POSITIVE_INFINITY,
    kinds === 'some unknown' ? now + UNKNOWN_KIND_MS : Number.POSITIVE_INFINITY,
    protections === 'some unused' ? now + UNUSED_MS : Number.POSITIVE_INFINITY,
    audit === 'fails' ? now + AUDIT_RECHECK_MS : Number.POSITIVE_INFINITY,
    stoppedUntil(next.massFailure) ?? Number.POSITIVE_INFINITY,
    circuitUntil ?? Number.POSITIVE_INFINITY,
  );
  return { status: due ? 'write' : 'leave', ...given({ wakeAt: Number.isFinite(wakeAt) ? wakeAt : undefined }) };
}

function somePending(states: Iterable<TargetState>): boolean {
  for (const { triggers } of states) if (Object.values(triggers).some(({ state }) => state === 'pending')) return true;
  return false;
}

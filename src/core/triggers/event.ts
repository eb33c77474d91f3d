/** `eventTrigger`: enough occurrences of an Event about the target, or something that it owns, inside the window. */
import { findsPattern, patternSteps } from '../../api/pattern.ts';
import { type EventTrigger, type HealingPolicy, matchesReason } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import type { EventSeen, Firing, Observation } from '../observation.ts';

/** Whether Events decide anything of the policy. */
export const countsEvents = ({ triggers }: Pick<HealingPolicy, 'triggers'>): boolean =>
  triggers.some(({ type }) => type === 'event');

export function evaluateEvent(spec: EventTrigger, seen: Observation, now: Instant): Firing {
  if (seen.eventsUnread !== undefined) return { holds: 'unknown', noEvidence: true, detail: seen.eventsUnread };
  const windowStart = Math.max(now - spec.windowMs, seen.eventsAfter ?? Number.NEGATIVE_INFINITY);
  let total = 0;
  let unseen = 0;
  let unread = 0;
  let steps = spec.maxSteps;
  let latest: EventSeen | undefined;
  const leaving: Instant[] = [];
  // The newest come last.
  for (const event of seen.events.toReversed()) {
    const inside = occurrencesInside(event, windowStart, now);
    if (inside.count === 0 || (spec.eventType !== undefined && spec.eventType !== event.type)) continue;
    steps -= stepsOf(spec, event);
    if (steps < 0) {
      unread++;
      continue;
    }
    if (!matchesEvent(spec, event)) continue;
    total += inside.count;
    unseen += inside.unseen;
    leaving.push(...inside.at);
    if (latest === undefined || lastAt(event) > lastAt(latest)) latest = event;
  }
  const holds = total >= spec.count;
  const last =
    latest === undefined
      ? ''
      : `; the last about ${latest.about.kind} ${latest.about.name} says ${JSON.stringify(latest.message)}`;
  const detail = `${total} of ${spec.count} occurrences of ${spec.reason ?? 'any event'} in the window${last}`;
  // The count falls when the oldest occurrence that it needs leaves the window.
  const next = leaving.length === 0 ? undefined : Math.min(...leaving) + spec.windowMs + 1;
  const recheck = given({ recheckAt: next !== undefined && next > now ? next : undefined });
  if (!holds && unread > 0) {
    const why = `${unread} more Events were not looked at: with such patterns, so many and such long ones take too long`;
    return { holds: 'unknown', noEvidence: true, detail: `${detail}; ${why}`, ...recheck };
  }
  if (!holds && total + unseen >= spec.count) {
    // A process that has just begun must not take what it has not seen for recovery.
    const why = `${unseen} more may lie in it: they were counted before the operator looked`;
    return { holds: 'unknown', noEvidence: true, detail: `${detail}; ${why}`, ...recheck };
  }
  return { holds: holds ? 'true' : 'false', detail, value: total, ...recheck };
}

function matchesEvent({ reason, message, eventType }: EventTrigger, event: EventSeen): boolean {
  if (eventType !== undefined && eventType !== event.type) return false;
  return matchesReason({ reason }, event.reason) && (message === undefined || findsPattern(message, event.message));
}

const stepsOf = ({ reason, message }: EventTrigger, event: EventSeen): number =>
  (reason === undefined ? 0 : patternSteps(reason, event.reason)) +
  (message === undefined ? 0 : patternSteps(message, event.message));

/** Those that match, newest first, as far as the steps of the trigger suffice. */
export function matchingEvents(spec: EventTrigger, events: readonly EventSeen[]): readonly EventSeen[] {
  let steps = spec.maxSteps;
  return events.toReversed().filter((event) => {
    steps -= stepsOf(spec, event);
    return steps >= 0 && matchesEvent(spec, event);
  });
}

interface Inside {
  /** Those that are known to lie inside: the fewest that it can be. */
  readonly count: number;
  /** Those that may lie inside, or before. */
  readonly unseen: number;
  readonly at: readonly Instant[];
}

/**
 * The occurrences in (start, now]. An aggregated Event tells its count, its first and its last time; what lies between
 * is known only from growth that was watched. Undercounting fires later; overcounting would heal what is not broken.
 */
function occurrencesInside(event: EventSeen, start: Instant, now: Instant): Inside {
  const points = event.points.filter((point) => point.at <= now);
  const last = points.at(-1);
  if (last === undefined || last.at <= start) return { count: 0, unseen: 0, at: [] };
  if (event.firstAt > start)
    return { count: last.count, unseen: 0, at: [event.firstAt, ...points.map((point) => point.at)] };
  const inside = points.filter((point) => point.at > start);
  // A count that grew by several says when the last of them happened; the others may lie before the window.
  const count = last.count - (inside[0]?.count ?? last.count) + 1;
  // Without a look from before the window, all but the first occurrence may lie inside.
  const outside = points.findLast((point) => point.at <= start)?.count ?? 1;
  const unseen = Math.max(0, last.count - outside - count);
  return { count, unseen, at: inside.map((point) => point.at) };
}

const lastAt = (event: EventSeen): Instant => event.points.at(-1)?.at ?? event.firstAt;

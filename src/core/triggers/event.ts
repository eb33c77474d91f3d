/** `eventTrigger`: enough occurrences of an Event about the target, or something that it owns, inside the window. */
import { RE2JS } from 're2js';
import type { Instant } from '../../std/clock.ts';
import type { EventSeen, Firing, Observation } from '../observation.ts';

export interface EventTriggerSpec {
  /** Exact, or an RE2 pattern that must match the whole reason. */
  readonly reason: string;
  readonly type?: string;
  readonly count: number;
  readonly windowMs: number;
  /** RE2, found anywhere in the message. */
  readonly message?: string;
}

export function evaluateEvent(spec: EventTriggerSpec, seen: Observation, now: Instant): Firing {
  const windowStart = Math.max(now - spec.windowMs, seen.eventsAfter ?? Number.NEGATIVE_INFINITY);
  let total = 0;
  let latest: EventSeen | undefined;
  const leaving: Instant[] = [];
  for (const event of seen.events) {
    if (!matches(spec, event)) continue;
    const inside = occurrencesInside(event, windowStart, now);
    if (inside.count === 0) continue;
    total += inside.count;
    leaving.push(...inside.at);
    if (latest === undefined || lastAt(event) > lastAt(latest)) latest = event;
  }
  const holds = total >= spec.count;
  const detail = `${total} of ${spec.count} occurrences of ${spec.reason} in the window${latest === undefined ? '' : `; the last about ${latest.about.kind} ${latest.about.name}: ${latest.message}`}`;
  // The count falls when the oldest occurrence that it needs leaves the window.
  const next = leaving.length === 0 ? undefined : Math.min(...leaving) + spec.windowMs + 1;
  return { holds: holds ? 'true' : 'false', detail, value: total, ...(next !== undefined && next > now && { recheckAt: next }) };
}

function matches(spec: EventTriggerSpec, event: EventSeen): boolean {
  if (spec.type !== undefined && spec.type !== event.type) return false;
  if (spec.reason !== event.reason && !pattern(spec.reason).matches(event.reason)) return false;
  return spec.message === undefined || pattern(spec.message).matcher(event.message).find();
}

/**
 * A lower bound of the occurrences in (start, now]. An aggregated Event tells its count, its first and its last time; what lies between is
 * known only from growth that was watched. Undercounting fires later; overcounting would heal what is not broken.
 */
function occurrencesInside(event: EventSeen, start: Instant, now: Instant): { count: number; at: readonly Instant[] } {
  const points = event.points.filter((point) => point.at <= now);
  const last = points.at(-1);
  if (last === undefined || last.at <= start) return { count: 0, at: [] };
  if (event.firstAt > start) return { count: last.count, at: [event.firstAt, ...points.map((point) => point.at)] };
  const before = points.filter((point) => point.at <= start).at(-1);
  const inside = points.filter((point) => point.at > start);
  // Without a point before the window the first one inside vouches for itself alone.
  const count = before === undefined ? last.count - (inside[0]?.count ?? 0) + 1 : last.count - before.count;
  return { count: Math.max(0, count), at: inside.map((point) => point.at) };
}

const lastAt = (event: EventSeen): Instant => event.points.at(-1)?.at ?? event.firstAt;

/** Compiled patterns; a policy's patterns are few and come back at every evaluation. Bounded: the oldest leaves when full. */
const PATTERNS_KEPT = 1000;
const compiled = new Map<string, RE2JS>();

function pattern(source: string): RE2JS {
  let found = compiled.get(source);
  if (found === undefined) {
    found = RE2JS.compile(source);
    if (compiled.size >= PATTERNS_KEPT) compiled.delete(compiled.keys().next().value ?? '');
    compiled.set(source, found);
  }
  return found;
}

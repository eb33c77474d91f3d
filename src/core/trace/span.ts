/**
 * Traces: an episode is a trace, an action in it a span, and so on down to each request. Every id is a hash of what the
 * record says, so that another process of the operator goes on with the same trace, and tells a span twice with one id.
 */
import { createHash } from 'node:crypto';
import type { HealingAction } from '../../api/parse-action.ts';
import { fromTimestamp, type Instant, toMicroTime } from '../../std/clock.ts';
import { targetOf } from '../action/refs.ts';
import type { TargetRef } from '../observation.ts';

/** Names, words of the catalogues, numbers. Sentences stay in the record: they may quote what others have written. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean | readonly string[]>>;

export interface TraceSpan {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Absent of the root of its trace. */
  readonly parentId?: string;
  readonly name: string;
  readonly startAt: Instant;
  readonly endAt: Instant;
  readonly attributes: SpanAttributes;
  /** Why it did not work: a reason of the catalogue, or the code of an answer. */
  readonly failed?: string;
}

export interface EpisodeIdentity {
  readonly policyUid: string;
  readonly targetUid: string;
  readonly startedAt: Instant;
}

/** No part has a line break in it. */
const hash = (digits: number, ...parts: readonly (string | number)[]): string =>
  createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, digits);

export const spanId = (...parts: readonly (string | number)[]): string => hash(16, ...parts);

/** The same that names of actions are made of (law 1), without the step. */
export const traceOfEpisode = ({ policyUid, targetUid, startedAt }: EpisodeIdentity): string =>
  hash(32, 'episode', policyUid, targetUid, toMicroTime(startedAt));

/** The root of a trace has an id that follows from the trace's own: whatever is below it can name it. */
export const rootOfTrace = (traceId: string): string => spanId(traceId, 'root');

/** Undefined for an action that a person made: it answers no episode. */
export function episodeOfAction(action: HealingAction): EpisodeIdentity | undefined {
  const { policyRef, episode } = action.spec;
  const startedAt = fromTimestamp(episode?.startedAt);
  if (policyRef?.uid === undefined || startedAt === undefined) return undefined;
  return { policyUid: policyRef.uid, targetUid: targetOf(action).uid, startedAt };
}

/** An action that a person made is a trace by itself. */
export function traceOfAction(action: HealingAction): string {
  const episode = episodeOfAction(action);
  return episode === undefined ? hash(32, 'action', action.uid) : traceOfEpisode(episode);
}

export const targetAttributes = ({ kind, name, namespace }: TargetRef): SpanAttributes => ({
  'kubeskippy.target.kind': kind,
  'kubeskippy.target.name': name,
  ...(namespace !== undefined && { 'kubeskippy.target.namespace': namespace }),
});

/** The parts of a record come from two clocks, of the API server and of the operator: none ends before it begins. */
export const between = (startAt: Instant, endAt: Instant): Pick<TraceSpan, 'startAt' | 'endAt'> => ({
  startAt,
  endAt: Math.max(startAt, endAt),
});

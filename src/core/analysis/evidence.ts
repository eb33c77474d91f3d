/**
 * What an analysis rests on, item by item: an id, where it comes from, when it was so, and how far it is to be trusted.
 */
import type { Condition, KubeObject } from '../../shapes/kube.ts';
import type { EventObject } from '../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';

/**
 * `api`: the API server keeps it, and its writer had the right to write it. `metric`: a measurement. `workload-text`:
 * a program's own words, which its author or its callers choose, so that no decision may rest on them alone.
 */
export type Trust = 'api' | 'metric' | 'workload-text';

export type EvidenceKind =
  | 'object'
  | 'condition'
  | 'container'
  | 'event'
  | 'change'
  | 'fit'
  | 'metric'
  | 'log'
  | 'node-service'
  | 'gap';

/** An object by its name alone. */
export interface ObjectRef {
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

export interface Evidence {
  /** Equal for equal things: the same look at the same cluster gives the same ids. */
  readonly id: string;
  readonly kind: EvidenceKind;
  /** The object that says it. */
  readonly source: ObjectRef;
  readonly time?: Instant;
  readonly trust: Trust;
  /** One line. */
  readonly text: string;
}

export const refOf = ({ kind, metadata }: KubeObject): ObjectRef => ({
  kind,
  ...given({ namespace: metadata.namespace }),
  name: metadata.name,
});

/** `Deployment shop/web`, `Node worker-1`. */
export const refText = ({ kind, namespace, name }: ObjectRef): string =>
  namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;

export const refKey = ({ kind, namespace, name }: ObjectRef): string => `${kind}/${namespace ?? ''}/${name}`;

/**
 * How long one line of evidence may be. Events keep at most 1,024 bytes of a message, and its first half tells the
 * cause.
 */
const MAX_TEXT = 512;

/** Control characters would write to the terminal of the person who reads. */
// oxlint-disable-next-line no-control-regex -- these are the ones that are taken out
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/g;

export function oneLine(text: string, limit = MAX_TEXT): string {
  const line = text.replaceAll(CONTROL, ' ').replaceAll(/ {2,}/g, ' ').trim();
  return line.length <= limit ? line : `${line.slice(0, limit - 1)}…`;
}

/** When the event was last seen. */
export const eventTime = (event: EventObject): Instant | undefined =>
  fromTimestamp(event.series?.lastObservedTime ?? event.lastTimestamp ?? event.eventTime ?? event.firstTimestamp) ??
  fromTimestamp(event.metadata.creationTimestamp);

export const eventFirst = (event: EventObject): Instant | undefined =>
  fromTimestamp(event.firstTimestamp ?? event.eventTime) ?? eventTime(event);

export const eventCount = (event: EventObject): number => event.series?.count ?? event.count ?? 1;

export function eventEvidence(event: EventObject): Evidence {
  const { kind = 'Object', namespace, name = '' } = event.involvedObject;
  const source = { kind, ...(namespace !== undefined && namespace !== '' && { namespace }), name };
  const count = eventCount(event);
  return {
    id: `event:${refKey(source)}:${event.reason ?? ''}:${event.metadata.name}`,
    kind: 'event',
    source,
    ...given({ time: eventTime(event) }),
    trust: 'api',
    text: oneLine(`${event.reason ?? 'Event'}${count > 1 ? ` (${count} times)` : ''}: ${event.message ?? ''}`),
  };
}

export function conditionEvidence(object: KubeObject, condition: Condition): Evidence {
  const source = refOf(object);
  const why = [condition.reason, condition.message].filter(Boolean).join(': ');
  return {
    id: `condition:${refKey(source)}:${condition.type}`,
    kind: 'condition',
    source,
    ...given({ time: fromTimestamp(condition.lastTransitionTime) }),
    trust: 'api',
    text: oneLine(`${condition.type}=${condition.status}${why === '' ? '' : `, ${why}`}`),
  };
}

/** What a field of an object says, or what its absence says. */
export function fieldEvidence(source: ObjectRef, field: string, text: string): Evidence {
  return { id: `object:${refKey(source)}:${field}`, kind: 'object', source, trust: 'api', text: oneLine(text) };
}

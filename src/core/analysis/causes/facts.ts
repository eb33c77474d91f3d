/** What several rules ask of objects and events. */
import type { Condition, KubeObject } from '../../../shapes/kube.ts';
import type { ContainerStatus, EventObject } from '../../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../../std/clock.ts';
import { compareQuantity, parseQuantity, type Quantity } from '../../../std/quantity.ts';
import { type Evidence, eventEvidence, eventFirst, oneLine, refKey, refOf } from '../evidence.ts';
import type { Found } from '../finding.ts';
import type { Container, PodObject, PodSpec, PortRef, WorkloadObject } from '../objects.ts';
import type { Snapshot } from '../snapshot.ts';

/** A person looks within this time; an older event is about something that has passed. Clusters keep them an hour. */
const STALE_AFTER_MS = 3_600_000;

export interface Heard {
  readonly event: EventObject;
  /** The groups of the pattern. */
  readonly groups: readonly string[];
}

/** The newest event about the object with one of these reasons whose message matches. */
export function heard(
  snapshot: Snapshot,
  object: KubeObject,
  { reasons, message }: { readonly reasons: readonly string[]; readonly message?: RegExp },
): Heard | undefined {
  const events = snapshot.eventsOf(refOf(object));
  for (let index = events.length - 1; index >= 0; index--) {
    const event = events[index];
    if (event?.reason === undefined || !reasons.includes(event.reason)) continue;
    const at = fromTimestamp(event.lastTimestamp ?? event.eventTime);
    if (at !== undefined && snapshot.at - at > STALE_AFTER_MS) continue;
    if (message === undefined) return { event, groups: [] };
    const match = message.exec(event.message ?? '');
    if (match !== null) return { event, groups: match.slice(1).map((group) => group ?? '') };
  }
  return undefined;
}

/** A finding that an event alone carries. */
export function foundBy({ event }: Heard, text: string, more: Partial<Found> = {}): Found {
  const since = eventFirst(event);
  return { text, evidence: [eventEvidence(event)], ...(since !== undefined && { since }), ...more };
}

export const condition = (
  object: { readonly status?: { readonly conditions?: readonly Condition[] } | undefined },
  type: string,
): Condition | undefined => object.status?.conditions?.find((one) => one.type === type);

export const isReady = (pod: PodObject): boolean => condition(pod, 'Ready')?.status === 'True';

export const statusesOf = ({ status }: PodObject): readonly ContainerStatus[] => [
  ...(status?.initContainerStatuses ?? []),
  ...(status?.containerStatuses ?? []),
];

/**
 * Not ready, or not for long: its containers were restarted within the last ten minutes. What has ended well is well.
 */
export function isUnwell(pod: PodObject, at: Instant): boolean {
  const { phase } = pod.status ?? {};
  if (phase === 'Succeeded') return false;
  if (pod.metadata.deletionTimestamp !== undefined) return false;
  if (!isReady(pod)) return true;
  return statusesOf(pod).some(({ restartCount = 0, lastState }) => {
    const ended = fromTimestamp(lastState?.terminated?.finishedAt);
    return restartCount > 0 && (ended === undefined || at - ended < RECENT_MS);
  });
}

/** The kubelet forgets a crash loop after ten minutes of running (MaxContainerBackOff). */
const RECENT_MS = 600_000;

export const isUnscheduled = ({ spec, status, metadata }: PodObject): boolean =>
  (spec?.nodeName ?? '') === '' &&
  (status?.phase ?? 'Pending') === 'Pending' &&
  metadata.deletionTimestamp === undefined;

/** How the container last ended: now, or before it was started again. */
export const lastEnd = ({ state, lastState }: ContainerStatus) => state?.terminated ?? lastState?.terminated;

export function containerEvidence(pod: PodObject, container: ContainerStatus): Evidence {
  const source = refOf(pod);
  const { waiting: waits, terminated } = container.state ?? {};
  const last = container.lastState?.terminated;
  const parts = [
    waits && `waiting, ${[waits.reason, waits.message].filter(Boolean).join(': ')}`,
    terminated && `terminated, ${terminated.reason ?? ''} exit code ${terminated.exitCode}`,
    container.state?.running && 'running',
    last && `last run ended with ${last.reason ?? ''} exit code ${last.exitCode}`,
    `${container.restartCount ?? 0} restarts`,
  ];
  const time = fromTimestamp(terminated?.finishedAt ?? last?.finishedAt);
  return {
    id: `container:${refKey(source)}:${container.name}`,
    kind: 'container',
    source,
    ...(time !== undefined && { time }),
    trust: 'api',
    text: oneLine(`container ${container.name}: ${parts.filter(Boolean).join('; ')}`),
  };
}

export const containersOf = (spec: PodSpec | undefined): readonly Container[] => [
  ...(spec?.initContainers ?? []),
  ...(spec?.containers ?? []),
];

export const containerOf = (pod: PodObject, name: string): Container | undefined =>
  containersOf(pod.spec).find((container) => container.name === name);

/** How many pods are wanted and were made; a DaemonSet counts nodes. */
export function shortOf({ kind, spec, status }: WorkloadObject): number {
  if (kind === 'DaemonSet') return (status?.desiredNumberScheduled ?? 0) - (status?.numberReady ?? 0);
  if (kind === 'Job') return spec?.suspend === true || (status?.succeeded ?? 0) > 0 ? 0 : 1 - (status?.active ?? 0);
  return (spec?.replicas ?? 1) - (status?.replicas ?? 0);
}

/** A named port is a port of a container; undefined where no container declares it. */
export function portNumber(containers: readonly Container[], port: PortRef | undefined): number | undefined {
  if (typeof port === 'number') return port;
  if (port === undefined) return undefined;
  const numeric = Number(port);
  if (Number.isInteger(numeric)) return numeric;
  return containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === port)?.containerPort;
}

export const declaredPorts = (containers: readonly Container[]): readonly number[] =>
  containers.flatMap(({ ports = [] }) => ports.flatMap(({ containerPort }) => containerPort ?? []));

export const amount = (value: string | number | undefined): Quantity | undefined =>
  value === undefined ? undefined : parseQuantity(String(value));

export const exceeds = (wanted: Quantity | undefined, there: Quantity | undefined): boolean =>
  wanted !== undefined && there !== undefined && compareQuantity(wanted, there) > 0;

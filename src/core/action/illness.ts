/**
 * What was seen of an illness over a time, before anything was done about it. A crash loop is well for as long as its
 * program lives, and an Event is silent until it comes again: success has to outlast both, and a moment of readiness
 * inside a loop is no state that an action could have made worse.
 */
import type { Trigger } from '../../api/policy.ts';
import type { ContainerStatus, Pod } from '../../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { parseDuration } from '../../std/duration.ts';
import type { EventSeen } from '../observation.ts';
import { RECOVERED_AFTER_MS } from '../pod-conditions.ts';
import { matchingEvents } from '../triggers/event.ts';

/**
 * The kubelet waits ten seconds before the second restart, and doubles that up to five minutes.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
const FIRST_BACK_OFF_MS = 10_000;
const MAX_BACK_OFF_MS = 300_000;
/** Programs do not die to the second, and Events do not come to it. */
const SLACK = 1.25;

export interface SeenIll {
  readonly pods: readonly Pod[];
  /** About the target and what it owns. */
  readonly events: readonly EventSeen[];
  /** The trigger that the action answers. */
  readonly trigger: Trigger | undefined;
}

/** Milliseconds within which the illness came back, as far as that was seen. */
export function recurrenceOf({ pods, events, trigger }: SeenIll, now: Instant): number | undefined {
  const loops = pods.flatMap((pod) => containersOf(pod).flatMap((one) => loopOf(one, now) ?? []));
  const again = trigger?.type === 'event' ? untilCounted(trigger, events) : undefined;
  const longest = Math.max(0, ...loops, again ?? 0);
  return longest === 0 ? undefined : Math.ceil(longest * SLACK);
}

/** Ready, and merely between two crashes. */
export const isFlickering = (pod: Pod, now: Instant): boolean =>
  pod.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') === true &&
  containersOf(pod).some((one) => loopOf(one, now) !== undefined);

const containersOf = ({ status }: Pod): readonly ContainerStatus[] => status?.containerStatuses ?? [];

/** From one start to the next, of a container that was restarted again and again. */
function loopOf({ restartCount = 0, state, lastState }: ContainerStatus, now: Instant): number | undefined {
  const last = lastState?.terminated;
  if (restartCount < 2 || last === undefined) return undefined;
  const lived = lifeOf(last);
  const wait = saidBackOff(state?.waiting?.message) ?? backOffAfter(restartCount);
  const runningFor = now - (fromTimestamp(state?.running?.startedAt) ?? now);
  return runningFor > lived + wait + RECOVERED_AFTER_MS ? undefined : lived + wait;
}

const lifeOf = ({ startedAt, finishedAt }: { readonly startedAt?: string; readonly finishedAt?: string }): number =>
  Math.max(0, (fromTimestamp(finishedAt) ?? 0) - (fromTimestamp(startedAt) ?? fromTimestamp(finishedAt) ?? 0));

const backOffAfter = (restarts: number): number =>
  Math.min(MAX_BACK_OFF_MS, FIRST_BACK_OFF_MS * 2 ** Math.min(restarts - 1, 8));

/** `back-off 1m20s restarting failed container=main pod=…`: kubelets may be configured to wait less. */
const saidBackOff = (message: string | undefined): number | undefined =>
  parseDuration(/^back-off (\S+) restarting failed container/.exec(message ?? '')?.[1] ?? '');

/** How long the Events that were seen took until there were enough of them. */
function untilCounted(trigger: Extract<Trigger, { readonly type: 'event' }>, events: readonly EventSeen[]) {
  const gaps = matchingEvents(trigger, events).flatMap(({ points }) => {
    const [first, last] = [points[0], points.at(-1)];
    if (first === undefined || last === undefined || last.count <= first.count) return [];
    return (last.at - first.at) / (last.count - first.count);
  });
  return gaps.length === 0 ? undefined : Math.min(trigger.windowMs, Math.min(...gaps) * trigger.count);
}

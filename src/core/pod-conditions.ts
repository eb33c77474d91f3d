/**
 * What a pod's containers say, as conditions. Kubernetes has no condition for `CrashLoopBackOff`: the container
 * alternates between waiting, running and terminated, so its literal state flaps with every attempt. A pseudo-condition
 * holds over the whole loop.
 */
import type { ContainerStatus, Pod } from '../shapes/workloads.ts';
import { fromTimestamp, type Instant } from '../std/clock.ts';
import { given } from '../std/given.ts';

export interface ConditionSeen {
  readonly status: 'True' | 'False' | 'Unknown';
  /** What was seen, for a person: container, reason, message. */
  readonly detail: string;
  /** When the answer may change by the passing of time alone. */
  readonly recheckAt?: Instant;
}

/**
 * A container that crashed counts as recovered once it has run this long. Longer than the usual time from start to a
 * crash, shorter than the kubelet's own memory of a crash loop (10 min, MaxContainerBackOff reset).
 */
export const RECOVERED_AFTER_MS = 60_000;

/** The kubelet alternates between these two on every pull attempt. */
const PULL_FAILURES = new Set(['ImagePullBackOff', 'ErrImagePull']);

/**
 * Reasons that the kubelet writes into waiting, terminated or pod status; anything else is a condition type that only
 * status.conditions can answer.
 */
export const POD_PSEUDO_CONDITIONS: ReadonlySet<string> = new Set([
  'CrashLoopBackOff',
  'ImagePullBackOff',
  'ErrImagePull',
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
  'RunContainerError',
  'ContainerCannotRun',
  'OOMKilled',
  'Error',
  'DeadlineExceeded',
  'Evicted',
  'NodeLost',
  'NodeAffinity',
  'Terminated',
  'Unschedulable',
]);

export const isPodPseudoCondition = (type: string): boolean => POD_PSEUDO_CONDITIONS.has(type);

/** The condition `type` of a pod: from status.conditions, else from its containers. Undefined when nothing can tell. */
export function podCondition(pod: Pod, type: string, now: Instant): ConditionSeen | undefined {
  const declared = pod.status?.conditions?.find((condition) => condition.type === type);
  if (declared) return { status: declared.status, detail: describe(declared.reason, declared.message) };
  if (!POD_PSEUDO_CONDITIONS.has(type)) return undefined;
  if (pod.status?.phase === undefined) return undefined;
  if (pod.status.reason === type) return { status: 'True', detail: describe(type, pod.status.message) };
  if (type === 'Unschedulable') return unschedulable(pod);

  let recheckAt: Instant | undefined;
  const { initContainerStatuses = [], containerStatuses = [] } = pod.status;
  // Whatever comes to a good end and is not started again has recovered, however often it crashed before.
  const toTheEnd =
    pod.spec?.restartPolicy === 'OnFailure' || pod.spec?.restartPolicy === 'Never' ? containerStatuses : [];
  const finished = new Set(
    [...initContainerStatuses, ...toTheEnd].filter(({ state }) => state?.terminated?.exitCode === 0),
  );
  for (const container of [...initContainerStatuses, ...containerStatuses]) {
    const seen = finished.has(container) ? undefined : containerCondition(container, type, now);
    if (seen?.status === 'True') return seen;
    if (seen?.recheckAt !== undefined) recheckAt = Math.min(recheckAt ?? seen.recheckAt, seen.recheckAt);
  }
  return { status: 'False', detail: `no container is in ${type}`, ...given({ recheckAt }) };
}

function containerCondition(container: ContainerStatus, type: string, now: Instant): ConditionSeen | undefined {
  const { waiting, running, terminated } = container.state ?? {};
  const where = `container ${container.name}`;
  if (
    waiting?.reason !== undefined &&
    (waiting.reason === type || (PULL_FAILURES.has(type) && PULL_FAILURES.has(waiting.reason)))
  ) {
    return { status: 'True', detail: `${where}: ${describe(waiting.reason, waiting.message)}` };
  }
  if (terminated?.reason === type) {
    return { status: 'True', detail: `${where}: ${describe(type, `exit code ${terminated.exitCode}`)}` };
  }
  const last = container.lastState?.terminated;
  const crashed = last !== undefined && (last.exitCode !== 0 || last.reason === 'OOMKilled');
  const looping = type === 'CrashLoopBackOff' && (container.restartCount ?? 0) >= 2 && crashed;
  const killed = type === 'OOMKilled' && last?.reason === 'OOMKilled';
  if (!looping && !killed) return undefined;
  const restarts = `restarted ${container.restartCount ?? 0} times, last exit code ${last?.exitCode}`;
  const detail = `${where}: ${describe(type, restarts)}`;
  if (!running) return { status: 'True', detail };
  const startedAt = fromTimestamp(running.startedAt);
  if (startedAt === undefined) return { status: 'True', detail };
  const recoveredAt = startedAt + RECOVERED_AFTER_MS;
  return now < recoveredAt ? { status: 'True', detail, recheckAt: recoveredAt } : undefined;
}

function unschedulable(pod: Pod): ConditionSeen {
  const scheduled = pod.status?.conditions?.find((condition) => condition.type === 'PodScheduled');
  const is = scheduled?.status === 'False' && scheduled.reason === 'Unschedulable';
  return { status: is ? 'True' : 'False', detail: describe(scheduled?.reason, scheduled?.message) };
}

const describe = (reason: string | undefined, message: string | undefined): string =>
  [reason, message].filter(Boolean).join(': ') || 'no reason given';

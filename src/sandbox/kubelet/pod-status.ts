/**
 * A pod's status as the kubelet reports it, from what its containers do.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
 */
import { toTimestamp } from '../../std/clock.ts';
import type { Pod, PodCondition, PodStatus } from '../runtime/shapes.ts';
import type { ContainerRun } from './container-run.ts';

export interface PodParts {
  readonly pod: Pod;
  readonly inits: readonly ContainerRun[];
  readonly mains: readonly ContainerRun[];
  readonly podIP: string;
  readonly hostIP: string;
  readonly startTime: string;
  /** Whether its volumes are there, without which nothing of it is set up: no network either. */
  readonly sandboxed: boolean;
  /** Set once the pod was ended from outside: a deadline, an eviction by the kubelet. */
  readonly ended?: { readonly reason: string; readonly message: string };
  readonly now: number;
}

export const isSidecar = (run: ContainerRun): boolean => run.container.restartPolicy === 'Always';

/** Sidecars count when they have started, other init containers when they have ended well. */
export const isInitDone = (run: ContainerRun): boolean =>
  isSidecar(run) ? run.isStarted : run.isOver && run.exitCode === 0;

export function phaseOf({ pod, inits, mains, ended }: PodParts): NonNullable<PodStatus['phase']> {
  if (ended !== undefined && mains.every((run) => !run.isRunning)) return 'Failed';
  const restartPolicy = pod.spec.restartPolicy ?? 'Always';
  if (inits.some((run) => !isSidecar(run) && run.isOver && run.exitCode !== 0))
    return restartPolicy === 'Never' ? 'Failed' : 'Pending';
  if (!inits.every(isInitDone) && !mains.some((run) => run.hasRun)) return 'Pending';
  if (mains.some((run) => !run.hasRun)) return 'Pending';
  if (mains.some((run) => run.isRunning)) return 'Running';
  if (restartPolicy === 'Always' && !mains.every((run) => run.isOver)) return 'Running';
  if (mains.every((run) => run.isOver && run.exitCode === 0)) return 'Succeeded';
  if (mains.every((run) => run.isOver)) return 'Failed';
  return 'Running';
}

/** The whole status; conditions that others own are kept. */
export function podStatus(parts: PodParts): PodStatus & Readonly<Record<string, unknown>> {
  const { pod, inits, mains, podIP, hostIP, startTime, sandboxed, ended } = parts;
  const addressed = sandboxed || pod.spec.hostNetwork === true;
  const phase = phaseOf(parts);
  const { generation } = pod.metadata;
  return {
    ...pod.status,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    phase,
    ...(ended === undefined ? {} : { reason: ended.reason, message: ended.message }),
    conditions: conditions(parts, phase),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(addressed ? { podIP, podIPs: [{ ip: podIP }] } : {}),
    startTime,
    ...(inits.length > 0 ? { initContainerStatuses: inits.map((run) => run.status()) } : {}),
    containerStatuses: mains.map((run) => run.status()),
  };
}

function conditions(parts: PodParts, phase: string): readonly PodCondition[] {
  const { pod, inits, mains, sandboxed, now } = parts;
  const finished = phase === 'Succeeded' || phase === 'Failed';
  const pending = inits.filter((run) => !isInitDone(run)).map((run) => run.container.name);
  const unready = mains.filter((run) => !run.isReady).map((run) => run.container.name);
  const initialized = pending.length === 0 || mains.some((run) => run.hasRun);
  const completed =
    phase === 'Succeeded' ? { reason: 'PodCompleted' } : phase === 'Failed' ? { reason: 'PodFailed' } : undefined;
  const notReady = completed ?? {
    reason: 'ContainersNotReady',
    message: `containers with unready status: [${unready.join(' ')}]`,
  };
  const gatesOpen = (pod.spec.readinessGates ?? []).every(({ conditionType }) =>
    pod.status?.conditions?.some((condition) => condition.type === conditionType && condition.status === 'True'),
  );
  const containersReady = unready.length === 0 && !finished;
  const ready = containersReady && gatesOpen;
  const readyWhy = !containersReady
    ? notReady
    : { reason: 'ReadinessGatesNotReady', message: 'corresponding condition of pod readiness gate does not exist.' };
  const initWhy = {
    reason: 'ContainersNotInitialized',
    message: `containers with incomplete status: [${pending.join(' ')}]`,
  };
  const stamp = toTimestamp(now);
  const make = (type: string, holds: boolean, why: Pick<PodCondition, 'reason' | 'message'>): PodCondition => {
    const status = holds ? 'True' : 'False';
    const before = pod.status?.conditions?.find((condition) => condition.type === type);
    const lastTransitionTime =
      before?.status === status && before.lastTransitionTime ? before.lastTransitionTime : stamp;
    const observed = pod.metadata.generation === undefined ? {} : { observedGeneration: pod.metadata.generation };
    return { type, ...observed, status, lastProbeTime: null, lastTransitionTime, ...(holds ? {} : why) };
  };
  const own = [
    make('PodReadyToStartContainers', sandboxed && !finished, {}),
    // A completed pod keeps Initialized, with the reason that it completed.
    { ...make('Initialized', initialized, initWhy), ...(phase === 'Succeeded' ? { reason: 'PodCompleted' } : {}) },
    make('Ready', ready, readyWhy),
    make('ContainersReady', containersReady, notReady),
    make('PodScheduled', true, {}),
  ];
  const others = (pod.status?.conditions ?? []).filter((condition) => !own.some(({ type }) => type === condition.type));
  return [...own, ...others];
}

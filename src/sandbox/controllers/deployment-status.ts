/** What a Deployment's status and conditions say, as pure functions of it and its ReplicaSets. */
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import type { Deployment, DeploymentStatus, ReplicaSet, WorkloadCondition } from '../runtime/shapes.ts';
import { conditionOf, withoutCondition } from './conditions.ts';
import { maxUnavailable } from './deployment-scaling.ts';

/** `math.MaxInt32` in progressDeadlineSeconds or revisionHistoryLimit means that there is none. */
const NO_LIMIT = 2_147_483_647;

export const hasProgressDeadline = ({ spec }: Deployment): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== NO_LIMIT;

export const hasHistoryLimit = ({ spec }: Deployment): boolean =>
  spec.revisionHistoryLimit !== undefined && spec.revisionHistoryLimit !== NO_LIMIT;

export interface ConditionText {
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  readonly reason: string;
  readonly message: string;
}

/**
 * Replaces the condition of that type. One with the same status and reason stays as it is; the same status keeps its
 * transition time.
 */
export function setCondition(
  conditions: readonly WorkloadCondition[],
  text: ConditionText,
  now: number,
): readonly WorkloadCondition[] {
  const current = conditionOf(conditions, text.type);
  if (current?.status === text.status && current.reason === text.reason) return conditions;
  const stamp = toTimestamp(now);
  const lastTransitionTime =
    current?.status === text.status && current.lastTransitionTime ? current.lastTransitionTime : stamp;
  return [...withoutCondition(conditions, text.type), { ...text, lastUpdateTime: stamp, lastTransitionTime }];
}

interface Sets {
  readonly all: readonly ReplicaSet[];
  readonly newest: ReplicaSet | undefined;
}

/** Counts and the Available condition; other conditions are taken over. */
export function deploymentStatus(d: Deployment, { all, newest }: Sets, now: number): DeploymentStatus {
  let [wanted, replicas, ready, available, terminating] = [0, 0, 0, 0, 0];
  for (const set of all) {
    wanted += set.spec.replicas;
    replicas += set.status?.replicas ?? 0;
    ready += set.status?.readyReplicas ?? 0;
    available += set.status?.availableReplicas ?? 0;
    terminating += set.status?.terminatingReplicas ?? 0;
  }
  const minimum = available >= d.spec.replicas - maxUnavailable(d);
  const conditions = setCondition(
    d.status?.conditions ?? [],
    minimum
      ? {
          type: 'Available',
          status: 'True',
          reason: 'MinimumReplicasAvailable',
          message: 'Deployment has minimum availability.',
        }
      : {
          type: 'Available',
          status: 'False',
          reason: 'MinimumReplicasUnavailable',
          message: 'Deployment does not have minimum availability.',
        },
    now,
  );
  return prune({
    observedGeneration: d.metadata.generation ?? 0,
    replicas,
    updatedReplicas: newest?.status?.replicas ?? 0,
    readyReplicas: ready,
    availableReplicas: available,
    unavailableReplicas: Math.max(0, wanted - available),
    terminatingReplicas: terminating,
    collisionCount: d.status?.collisionCount ?? 0,
    conditions,
  });
}

/** Zeros are left out, except the count of terminating replicas, which is a pointer in Go. */
function prune(status: DeploymentStatus): DeploymentStatus {
  return Object.fromEntries(
    Object.entries(status).filter(([field, value]) => value !== 0 || field === 'terminatingReplicas'),
  );
}

export function isComplete(d: Deployment, status: DeploymentStatus | undefined): boolean {
  const { replicas } = d.spec;
  return (
    (status?.updatedReplicas ?? 0) === replicas &&
    (status?.replicas ?? 0) === replicas &&
    (status?.availableReplicas ?? 0) === replicas &&
    (status?.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  );
}

function isProgressing(old: DeploymentStatus | undefined, status: DeploymentStatus): boolean {
  const outdated = (s: DeploymentStatus | undefined): number => (s?.replicas ?? 0) - (s?.updatedReplicas ?? 0);
  return (
    (status.updatedReplicas ?? 0) > (old?.updatedReplicas ?? 0) ||
    outdated(status) < outdated(old) ||
    (status.readyReplicas ?? 0) > (old?.readyReplicas ?? 0) ||
    (status.availableReplicas ?? 0) > (old?.availableReplicas ?? 0)
  );
}

/** When the Progressing condition runs out; undefined when nothing is waited for. */
export function deadlineOf(d: Deployment): number | undefined {
  const condition = conditionOf(d.status?.conditions, 'Progressing');
  if (!hasProgressDeadline(d) || condition === undefined) return undefined;
  if (
    isComplete(d, d.status) ||
    condition.reason === 'ProgressDeadlineExceeded' ||
    condition.reason === 'NewReplicaSetAvailable'
  )
    return undefined;
  const since = fromTimestamp(condition.lastUpdateTime);
  return since === undefined ? undefined : since + (d.spec.progressDeadlineSeconds ?? 0) * 1000 + 1000;
}

function isTimedOut(d: Deployment, conditions: readonly WorkloadCondition[], now: number): boolean {
  const condition = conditionOf(conditions, 'Progressing');
  if (!hasProgressDeadline(d) || condition === undefined || condition.reason === 'NewReplicaSetAvailable') return false;
  if (condition.reason === 'ProgressDeadlineExceeded') return true;
  const since = fromTimestamp(condition.lastUpdateTime);
  return since !== undefined && since + (d.spec.progressDeadlineSeconds ?? 0) * 1000 < now;
}

/** The status of a Deployment that rolls out: counts, Available, Progressing, ReplicaFailure. */
export function rolloutStatus(d: Deployment, { all, newest }: Sets, now: number): DeploymentStatus {
  const status = deploymentStatus(d, { all, newest }, now);
  let conditions = hasProgressDeadline(d)
    ? (status.conditions ?? [])
    : withoutCondition(status.conditions ?? [], 'Progressing');
  const current = conditionOf(conditions, 'Progressing');
  const finished = status.replicas === status.updatedReplicas && current?.reason === 'NewReplicaSetAvailable';
  if (hasProgressDeadline(d) && !finished) {
    const subject = newest === undefined ? `Deployment "${d.metadata.name}"` : `ReplicaSet "${newest.metadata.name}"`;
    if (isComplete(d, status)) {
      const message = `${subject} has successfully progressed.`;
      conditions = setCondition(
        conditions,
        { type: 'Progressing', status: 'True', reason: 'NewReplicaSetAvailable', message },
        now,
      );
    } else if (isProgressing(d.status, status)) {
      // The same condition again, with a new update time: the deadline counts from the last progress.
      const message = `${subject} is progressing.`;
      const stamp = toTimestamp(now);
      const lastTransitionTime =
        current?.status === 'True' && current.lastTransitionTime ? current.lastTransitionTime : stamp;
      conditions = [
        ...withoutCondition(conditions, 'Progressing'),
        {
          type: 'Progressing',
          status: 'True',
          lastUpdateTime: stamp,
          lastTransitionTime,
          reason: 'ReplicaSetUpdated',
          message,
        },
      ];
    } else if (isTimedOut(d, conditions, now)) {
      const message = `${subject} has timed out progressing.`;
      conditions = setCondition(
        conditions,
        { type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message },
        now,
      );
    }
  }
  const failure = [...(newest === undefined ? [] : [newest]), ...all]
    .map((set) => conditionOf(set.status?.conditions, 'ReplicaFailure'))
    .find((condition) => condition !== undefined);
  conditions =
    failure === undefined
      ? withoutCondition(conditions, 'ReplicaFailure')
      : setCondition(
          conditions,
          {
            type: 'ReplicaFailure',
            status: failure.status,
            reason: failure.reason ?? '',
            message: failure.message ?? '',
          },
          now,
        );
  return { ...status, conditions };
}

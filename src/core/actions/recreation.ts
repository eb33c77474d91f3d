/**
 * `restart` with strategy `recreate`: to 0 replicas, and back to the count that was there, once the last pod is gone.
 * For what cannot run beside its old self. The count to go back to is the inverse of the first stage, so that no crash
 * loses it.
 */
import type { Inverse } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Workload } from '../../shapes/workloads.ts';
import { describeObject } from '../observation.ts';
import { type BuiltInPlan, isMarked, type Outcome, type PlanInput, refused, type Seen } from './action-kind.ts';
import { names } from './eviction.ts';
import { ownedPods } from './owned-pods.ts';
import { mergeInverse, mergePatch, oneRequest, replicasChange } from './requests.ts';

const REPLICAS = '/spec/replicas';

export function planRecreation(input: PlanInput): BuiltInPlan {
  const recorded = input.inverses.find(({ path, restores }) => path === input.path && restores[REPLICAS] !== undefined);
  return recorded === undefined ? planDown(input) : planUp(input, Number(recorded.restores[REPLICAS]));
}

const replicasOf = (target: KubeObject): number => (target as Workload).spec?.replicas ?? 1;

function planDown(input: PlanInput): BuiltInPlan {
  const { target, path } = input;
  const what = describeObject(target);
  if (target.kind === 'DaemonSet')
    return refused(
      'UnsupportedStrategy',
      `${what} has a pod on each node and no count to set to 0; restart it with strategy graceful`,
    );
  const count = replicasOf(target);
  if (count === 0) return refused('NothingToDo', `${what} has 0 replicas: there are no pods to restart`);
  // https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
  const { persistentVolumeClaimRetentionPolicy: claims } = target['spec'] as {
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenScaled?: string };
  };
  if (claims?.whenScaled === 'Delete')
    return refused(
      'WouldDeleteVolumes',
      `${what} deletes the volumes of pods that are scaled away (persistentVolumeClaimRetentionPolicy); restart it with strategy graceful`,
    );
  const inverse = mergeInverse({
    path,
    description: `scale ${what} back from 0 to ${count} replicas`,
    fields: { spec: { replicas: count } },
    changed: [{ pointer: REPLICAS, before: count, after: 0 }],
  });
  const description = `scale ${what} from ${count} to 0 replicas, to have it made anew`;
  return stageOf(input, { description, to: 0, next: 'plan again', inverse });
}

function planUp(input: PlanInput, count: number): BuiltInPlan {
  const { target, answers, now, until } = input;
  const what = describeObject(target);
  const present = replicasOf(target);
  if (present !== 0)
    return refused(
      'Superseded',
      `somebody has scaled ${what} to ${present} replicas in the middle of its restart; it is left as it is`,
    );
  const pods = ownedPods(target, answers);
  if ('whyNot' in pods)
    return refused('PodsUnknown', `whether the pods of ${what} are gone cannot be told: ${pods.whyNot}`);
  // Failed and completed ones run no more, and stay until they are collected.
  const alive = pods.value.filter(({ status }) => status?.phase !== 'Failed' && status?.phase !== 'Succeeded');
  const { status, metadata }: Workload = target;
  const seen = (status?.observedGeneration ?? 0) >= (metadata.generation ?? 0);
  if (seen && alive.length === 0)
    return stageOf(input, { description: `scale ${what} back from 0 to ${count} replicas`, to: count, next: 'verify' });
  const why =
    alive.length === 0
      ? `${what}: its controller has not seen 0 replicas yet`
      : `${what}: still there: ${names(alive)}`;
  return now >= until ? refused('TimedOut', why) : { kind: 'wait', message: why };
}

function stageOf(
  { target, path, marker }: PlanInput,
  {
    to,
    next,
    ...rest
  }: {
    readonly description: string;
    readonly to: number;
    readonly next: 'verify' | 'plan again';
    readonly inverse?: Inverse;
  },
): BuiltInPlan {
  const request = mergePatch(target, { path, fields: { spec: { replicas: to } }, marker, ...rest });
  return oneRequest(request, {
    changes: [replicasChange(target, { from: replicasOf(target), to })],
    fields: [['spec', 'replicas']],
    next,
  });
}

/** Undefined when the attempt was none of scaling. */
export function recreationOutcome({ target, marker, requests: [request] }: Seen): Outcome | undefined {
  const { spec } = JSON.parse(request?.body ?? '{}') as { readonly spec?: { readonly replicas?: number } };
  if (spec?.replicas === undefined || target === undefined) return undefined;
  if (replicasOf(target) !== spec.replicas) return 'not done';
  return isMarked(target.metadata, marker) ? 'done' : 'superseded';
}

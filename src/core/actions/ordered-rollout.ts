/**
 * A StatefulSet with OrderedReady replaces no pod while one of its pods is not ready: a new template waits for that pod
 * for ever, when the pod never becomes ready. One that is ready for moments, as in a crash loop, lets it go on.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod } from '../../shapes/workloads.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { endingOf } from '../ended.ts';
import { describeObject } from '../observation.ts';
import { type Answers, type Needs, type Refusal, refused } from './action-kind.ts';
import { names } from './eviction.ts';
import { ownedPodNeeds, ownedPods } from './owned-pods.ts';

const isOrdered = (target: KubeObject): boolean =>
  target.kind === 'StatefulSet' &&
  (target['spec'] as { readonly podManagementPolicy?: string } | undefined)?.podManagementPolicy !== 'Parallel';

export const orderedNeeds = (target: KubeObject): Needs => (isOrdered(target) ? ownedPodNeeds(target) : {});

/** Undefined: the rollout comes to all pods, or that cannot be told. */
export function waitsForEver(target: KubeObject, answers: Answers): Refusal | undefined {
  if (!isOrdered(target)) return undefined;
  const pods = ownedPods(target, answers);
  if ('whyNot' in pods) return undefined;
  const stuck = pods.value.filter(
    (pod) => pod.metadata.deletionTimestamp === undefined && endingOf(pod) === undefined && wasNeverReady(pod),
  );
  if (stuck.length === 0) return undefined;
  return refused(
    'NotReached',
    `${describeObject(target)} replaces its pods in order, and waits for ${names(stuck)}, which ${stuck.length === 1 ? 'was' : 'were'} never ready: a rolling restart would replace none. Put the template right, then delete ${stuck.length === 1 ? 'that pod' : 'these pods'}.`,
  );
}

/** The kubelet writes both times by one clock, the condition within a moment after the start. */
const AT_ONCE_MS = 2000;

/** It has not been ready since it started, or has not started. */
function wasNeverReady({ status }: Pod): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status === 'True') return false;
  const startedAt = fromTimestamp(status?.startTime);
  const since = fromTimestamp(ready?.lastTransitionTime);
  return startedAt === undefined || since === undefined || since - startedAt <= AT_ONCE_MS;
}

/**
 * `restart` with strategy `graceful`: the pods of a workload are evicted, at most `maxConcurrent` of them missing at
 * once, and the next ones only when those in their place are ready. The template stays as it is, so that this also
 * restarts what a rollout would not.
 */
import type { RestartAction } from '../../api/action-template.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Pod, Workload } from '../../shapes/workloads.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { disruptionMarkOf } from '../gates/protection.ts';
import { podHealth } from '../health.ts';
import { describeObject } from '../observation.ts';
import { type BuiltInPlan, type PlanInput, refused } from './action-kind.ts';
import { evictionStage, names } from './eviction.ts';
import { ownedPods } from './owned-pods.ts';

export function planGraceful(input: PlanInput, { maxConcurrent, gracePeriodSeconds }: RestartAction): BuiltInPlan {
  const { target, answers, stage, startedAt, now, until } = input;
  const what = describeObject(target);
  const untouched = stage === 1 && now === startedAt;
  const pods = ownedPods(target, answers);
  if ('whyNot' in pods) return refused('PodsUnknown', `the pods of ${what} cannot be read: ${pods.whyNot}`);
  const there = pods.value.filter(
    ({ metadata, status }) => metadata.deletionTimestamp === undefined && !isFinished(status?.phase),
  );
  const marked = there.filter((pod) => disruptionMarkOf(pod) !== undefined);
  const isOld = (pod: Pod) => (fromTimestamp(pod.metadata.creationTimestamp) ?? 0) < wholeSecond(startedAt);
  const old = there.filter((pod) => isOld(pod) && !marked.includes(pod)).toSorted(brokenFirst);
  const fresh = there.filter((pod) => !isOld(pod));
  if (old.length === 0) {
    if (fresh.length === 0 && untouched)
      return refused('NothingToDo', `${what} has no pods to restart${butMarked(marked, 'beside')}`);
    return { kind: 'complete', summary: `every pod of ${what} was restarted${butMarked(marked, 'but')}` };
  }
  const waitedFor = fresh.filter((pod) => !isAvailable(pod, input));
  const ready = old.length + marked.length + fresh.length - waitedFor.length;
  const missing = Math.max(0, wantedPods(target) - ready);
  const room = maxConcurrent - missing;
  if (room > 0) {
    const summary = (count: number) =>
      `evict ${count} of the ${old.length} pods of ${what} that are still to be restarted`;
    return evictionStage(input, { pods: old.slice(0, room), summary, gracePeriodSeconds });
  }
  const why = `${missing} of ${wantedPods(target)} pods of ${what} are missing or not ready${waitedFor.length === 0 ? '' : ` (${names(waitedFor)})`}`;
  // Before anything was done: that more of them go would not bring these back.
  if (untouched) return refused('PodsMissing', `${why}; maxConcurrent ${maxConcurrent} lets no other go`);
  if (now >= until) return refused('TimedOut', `${why}; ${old.length} were not restarted`);
  return { kind: 'wait', message: `${why}; ${old.length} are still to be restarted` };
}

/** Pods that people have kept from being taken away. */
function butMarked(marked: readonly Pod[], but: 'but' | 'beside'): string {
  const [first] = marked;
  return first === undefined ? '' : `, ${but} ${names(marked)}: ${disruptionMarkOf(first)}`;
}

/**
 * Ready for as long as its workload asks for, as rollouts count it. The time of the condition is that of the kubelet,
 * whose clock may be off: a pod was not ready before it was created, and one that is ready from some later time on has
 * been since the stage that brought it about, as far as can be known.
 */
function isAvailable(pod: Pod, { target, now, stagedAt }: Pick<PlanInput, 'target' | 'now' | 'stagedAt'>): boolean {
  const { spec }: Workload = target;
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  const created = fromTimestamp(pod.metadata.creationTimestamp) ?? 0;
  const said = fromTimestamp(ready?.lastTransitionTime) ?? 0;
  const since = Math.max(created, said > now ? (stagedAt ?? 0) : said);
  return podHealth(pod).state === 'healthy' && now - since >= (spec?.minReadySeconds ?? 0) * 1000;
}

/**
 * Timestamps of the API server have whole seconds: a pod of the second in which it began may be one that it brought
 * about.
 */
const wholeSecond = (at: number): number => Math.floor(at / 1000) * 1000;

const isFinished = (phase: string | undefined): boolean => phase === 'Succeeded' || phase === 'Failed';

/** Those that serve go last. */
const brokenFirst = (a: Pod, b: Pod): number => rank(a) - rank(b) || (a.metadata.name < b.metadata.name ? -1 : 1);
const rank = (pod: Pod): number => (podHealth(pod).state === 'healthy' ? 1 : 0);

function wantedPods(target: KubeObject): number {
  const { kind, spec, status }: Workload = target;
  return kind === 'DaemonSet' ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
}

/** Jobs: pods that run to their end. https://kubernetes.io/docs/concepts/workloads/controllers/job/ */
import { isApiError } from '../machinery/errors.ts';
import { equalJson } from '../machinery/json.ts';
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { type Context, controllerOf, objectKey, parseKey, uidOf } from '../runtime/context.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { JOBS, PODS } from '../runtime/resources.ts';
import { SelectorIndex } from '../runtime/selectors.ts';
import type { Job, JobStatus, Pod, WorkloadCondition } from '../runtime/shapes.ts';
import { conditionOf } from './conditions.ts';
import {
  backoffUntil,
  formatIndexes,
  hasFailed,
  indexOf,
  isTracked,
  jobPod,
  parseIndexes,
  restartsInPlace,
  type Tally,
  TRACKING,
  tally,
} from './job-pods.ts';
import { failedIndexes, failureRule, FAILURES, isManagedElsewhere, successRule } from './job-policies.ts';
import { claim, Orphans, removeExactly, selectorOf, watchChildren, watchOwners } from './ownership.ts';

export const isJobFinished = (job: Job): boolean => finishedCondition(job) !== undefined;

export const finishedCondition = (job: Job): WorkloadCondition | undefined =>
  job.status?.conditions?.find(({ type, status }) => (type === 'Complete' || type === 'Failed') && status === 'True');

export function startJobs(context: Context): void {
  const events = context.recorder('job-controller');
  const orphans = new Orphans();
  const selectors = new SelectorIndex();
  const queue = context.queue((key) => sync(key));
  const add = (key: string): void => queue.add(key);
  watchOwners(context, { owners: JOBS, selectors, add, selectorOf });
  watchChildren(context, { children: PODS, ownerKind: 'Job', selectors, orphans, add });
  // Pods of a Job that is gone would be held for ever by the finalizer that counts them.
  const untrack = context.queue((key) => {
    const pod = context.get(PODS, parseKey(key));
    const owner = pod === undefined ? undefined : controllerOf(pod);
    if (pod === undefined || owner?.kind !== 'Job' || !isTracked(pod)) return;
    const job = context.get(JOBS, { namespace: pod.metadata.namespace ?? '', name: owner.name });
    if (job === undefined || job.metadata.uid !== owner.uid || job.metadata.deletionTimestamp !== undefined)
      release(context, pod);
  });
  context.watch(PODS, ({ type, object }) => {
    if (type !== 'DELETED' && isTracked(object))
      untrack.add(`${object.metadata.namespace ?? ''}/${object.metadata.name}`);
  });
  context.watch(JOBS, ({ type, object }) => {
    if (type === 'ADDED' || (type === 'MODIFIED' && object.metadata.deletionTimestamp === undefined)) return;
    for (const pod of context.ownedBy(PODS, uidOf(object)))
      untrack.add(`${pod.metadata.namespace ?? ''}/${pod.metadata.name}`);
  });

  function sync(key: string): void {
    const job = context.get(JOBS, parseKey(key));
    if (job === undefined || job.metadata.deletionTimestamp !== undefined || isManagedElsewhere(job)) return;
    if (isJobFinished(job)) {
      expire(job, key);
      return;
    }
    const pods = claim(context, { owner: job, ownerKind: JOBS, children: PODS, orphans });
    const wake = new JobStep(context, events, { job, pods }).run();
    if (wake !== undefined) queue.addAt(key, wake);
  }

  /** https://kubernetes.io/docs/concepts/workloads/controllers/ttlafterfinished/ */
  function expire(job: Job, key: string): void {
    const ttl = job.spec.ttlSecondsAfterFinished;
    const since = fromTimestamp(finishedCondition(job)?.lastTransitionTime);
    if (ttl === undefined || since === undefined) return;
    if (since + ttl * 1000 > context.now()) queue.addAt(key, since + ttl * 1000);
    else context.cluster.remove(JOBS, objectKey(job), { uid: uidOf(job), propagationPolicy: 'Foreground' });
  }
}

function release(context: Context, pod: Pod): void {
  context.modify(PODS, pod, (draft) => {
    const left = (pod.metadata.finalizers ?? []).filter((finalizer) => finalizer !== TRACKING);
    if (left.length > 0) draft.metadata.finalizers = left;
    else delete draft.metadata.finalizers;
    return draft;
  });
}

interface JobEnd {
  readonly reason: string;
  readonly message: string;
}

/** One reconciliation of a Job that is not finished. */
class JobStep {
  readonly #context: Context;
  readonly #events: Recorder;
  readonly #job: Job;
  readonly #pods: readonly Pod[];
  readonly #now: number;
  #conditions: readonly WorkloadCondition[];
  #startTime: string | undefined;

  constructor(context: Context, events: Recorder, { job, pods }: { readonly job: Job; readonly pods: readonly Pod[] }) {
    this.#context = context;
    this.#events = events;
    this.#job = job;
    this.#pods = pods;
    this.#now = context.now();
    this.#conditions = job.status?.conditions ?? [];
    this.#startTime = job.status?.startTime;
  }

  /** Returns when to look again. */
  run(): number | undefined {
    const { spec } = this.#job;
    const suspended = spec.suspend === true;
    if (!suspended && this.#startTime === undefined) this.#startTime = toTimestamp(this.#now);
    const before = tally(this.#job, this.#pods);
    const failed = (this.#job.status?.failed ?? 0) + this.#counted(before.failed);
    const failure = this.#failure(before, failed, suspended);
    let wake: number | undefined;
    const success = failure === undefined ? this.#success(before) : undefined;
    if (failure !== undefined) {
      this.#deletePods(before.active);
      this.#set('FailureTarget', failure);
    } else if (success !== undefined) {
      this.#dropPods(before.active);
      this.#set('SuccessCriteriaMet', success);
    } else if (suspended) {
      this.#dropPods(before.active);
      this.#suspend();
    } else {
      this.#resume();
      wake = this.#fill(before);
    }
    this.#write(this.#context.ownedBy(PODS, uidOf(this.#job)), before, { failure, success });
    const deadline = spec.activeDeadlineSeconds;
    if (deadline === undefined || suspended || this.#startTime === undefined) return wake;
    const due = (fromTimestamp(this.#startTime) ?? this.#now) + deadline * 1000;
    return due > this.#now && (wake === undefined || due < wake) ? due : wake;
  }

  #failure(before: Tally, failed: number, suspended: boolean): JobEnd | undefined {
    const target = conditionOf(this.#conditions, 'FailureTarget');
    if (target?.status === 'True') return { reason: target.reason ?? '', message: target.message ?? '' };
    const { backoffLimit = 6, activeDeadlineSeconds, maxFailedIndexes, completions = 0 } = this.#job.spec;
    const fatal = before.failed.map((pod) => failureRule(this.#job, pod)).find((match) => match?.action === 'FailJob');
    if (fatal) return { reason: 'PodFailurePolicy', message: fatal.message };
    const restarts = restartsInPlace(this.#job, before.active);
    if ((before.failed.length > 0 && failed > backoffLimit) || (restarts > 0 && restarts >= Math.max(1, backoffLimit)))
      return { reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
    const due =
      (fromTimestamp(this.#startTime) ?? this.#now) + (activeDeadlineSeconds ?? Number.POSITIVE_INFINITY) * 1000;
    if (!suspended && due <= this.#now)
      return { reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
    const lost = failedIndexes(this.#job, before.failed).size;
    if (maxFailedIndexes !== undefined && lost > maxFailedIndexes)
      return {
        reason: 'MaxFailedIndexesExceeded',
        message: 'Job has exceeded the specified maximal number of failed indexes',
      };
    if (lost > 0 && before.active.length === 0 && lost + this.#completed(before).size >= completions)
      return { reason: 'FailedIndexes', message: 'Job has failed indexes' };
    return undefined;
  }

  /** Enough by the success policy; what still runs is not needed. */
  #success(before: Tally): JobEnd | undefined {
    const met = conditionOf(this.#conditions, 'SuccessCriteriaMet');
    if (met?.status === 'True') return { reason: met.reason ?? '', message: met.message ?? '' };
    const rule = successRule(this.#job, this.#completed(before));
    return rule === undefined ? undefined : { reason: 'SuccessPolicy', message: `Matched rules at index ${rule}` };
  }

  #completed({ succeeded }: Tally): Set<number> {
    const completed = parseIndexes(this.#job.status?.completedIndexes);
    for (const pod of succeeded) completed.add(indexOf(pod) ?? -1);
    completed.delete(-1);
    return completed;
  }

  #counted(failed: readonly Pod[]): number {
    return failed.filter((pod) => failureRule(this.#job, pod)?.action !== 'Ignore').length;
  }

  #deletePods(pods: readonly Pod[]): void {
    for (const pod of pods) {
      removeExactly(this.#context, PODS, pod);
      this.#events.normal(this.#job, 'SuccessfulDelete', `Deleted pod: ${pod.metadata.name}`);
    }
  }

  /** Pods that are not needed: without the finalizer they are not counted as failed. */
  #dropPods(pods: readonly Pod[]): void {
    for (const pod of pods) release(this.#context, pod);
    this.#deletePods(pods);
  }

  /** As many pods as parallelism and the missing completions ask for. Returns until when a back-off forbids that. */
  #fill(before: Tally): number | undefined {
    const { parallelism = 1, completions } = this.#job.spec;
    const succeeded = (this.#job.status?.succeeded ?? 0) + before.succeeded.length;
    const wanted =
      completions === undefined
        ? succeeded > 0
          ? before.active.length
          : parallelism
        : Math.max(0, Math.min(parallelism, completions - succeeded));
    if (before.active.length > wanted) this.#dropPods(before.active.slice(wanted));
    const replaceable = this.#job.spec.podReplacementPolicy === 'Failed' ? before.terminating : 0;
    const missing = wanted - before.active.length - replaceable;
    if (missing <= 0) return undefined;
    if (this.#job.spec.backoffLimitPerIndex !== undefined) return this.#fillByIndex(missing, before);
    const until = backoffUntil(this.#job, this.#pods);
    if (until > this.#now) return until;
    for (const index of this.#nextIndexes(missing, before)) this.#make(index);
    return undefined;
  }

  /** Each index has failures and a back-off of its own. */
  #fillByIndex(missing: number, before: Tally): number | undefined {
    let wake: number | undefined;
    for (const index of this.#nextIndexes(missing, before)) {
      const pods = this.#pods.filter((pod) => indexOf(pod) === index);
      const failures = pods.filter((pod) => hasFailed(this.#job, pod));
      const until = backoffUntil(this.#job, pods);
      if (until > this.#now) wake = Math.min(wake ?? until, until);
      else this.#make(index, { [FAILURES]: String(this.#counted(failures)) });
    }
    return wake;
  }

  #nextIndexes(count: number, before: Tally): readonly (number | undefined)[] {
    if (this.#job.spec.completionMode !== 'Indexed') return Array.from<undefined>({ length: count });
    const taken = parseIndexes(this.#job.status?.completedIndexes);
    for (const pod of [...before.active, ...before.succeeded]) taken.add(indexOf(pod) ?? -1);
    for (const index of failedIndexes(this.#job, before.failed)) taken.add(index);
    const free: number[] = [];
    for (let index = 0; free.length < count && index < (this.#job.spec.completions ?? 0); index++)
      if (!taken.has(index)) free.push(index);
    return free;
  }

  #make(index: number | undefined, annotations: Readonly<Record<string, string>> = {}): void {
    try {
      const pod = this.#context.create(PODS, jobPod(this.#job, index, annotations));
      this.#events.normal(this.#job, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
    } catch (cause) {
      if (!isApiError(cause)) throw cause;
      this.#events.warning(this.#job, 'FailedCreate', `Error creating: ${cause.message}`);
      throw cause;
    }
  }

  #set(type: string, { reason, message }: JobEnd, status: 'True' | 'False' = 'True'): void {
    const current = conditionOf(this.#conditions, type);
    if (current?.status === status) return;
    const stamp = toTimestamp(this.#now);
    const condition = { type, status, lastProbeTime: stamp, lastTransitionTime: stamp, reason, message };
    // Where it stood, if it did: Suspended goes back and forth in its place.
    this.#conditions =
      current === undefined
        ? [...this.#conditions, condition]
        : this.#conditions.map((c) => (c.type === type ? condition : c));
  }

  #suspend(): void {
    if (conditionOf(this.#conditions, 'Suspended')?.status === 'True') return;
    this.#set('Suspended', { reason: 'JobSuspended', message: 'Job suspended' });
    this.#events.normal(this.#job, 'Suspended', 'Job suspended');
    this.#startTime = undefined;
  }

  #resume(): void {
    if (conditionOf(this.#conditions, 'Suspended')?.status !== 'True') return;
    this.#set('Suspended', { reason: 'JobResumed', message: 'Job resumed' }, 'False');
    this.#events.normal(this.#job, 'Resumed', 'Job resumed');
    this.#startTime = toTimestamp(this.#now);
  }

  /** Counts what has finished, finishes the Job when all is there, then lets the counted pods go. */
  #write(
    pods: readonly Pod[],
    before: Tally,
    { failure, success }: { readonly failure: JobEnd | undefined; readonly success: JobEnd | undefined },
  ): void {
    const { spec, status: old } = this.#job;
    const after = tally(this.#job, pods);
    // What was deleted just now, and never ran, is gone already and counts as failed too.
    const gone =
      failure === undefined
        ? []
        : before.active.filter((pod) => !pods.some((other) => other.metadata.uid === pod.metadata.uid));
    const failed = (old?.failed ?? 0) + this.#counted(after.failed) + gone.length;
    const succeeded = (old?.succeeded ?? 0) + after.succeeded.length;
    const completed = this.#completed(after);
    let completionTime: string | undefined;
    const done =
      failure === undefined &&
      spec.suspend !== true &&
      after.active.length === 0 &&
      (success !== undefined || (spec.completions === undefined ? succeeded > 0 : succeeded >= spec.completions));
    if (done) {
      const verdict = success ?? { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
      this.#set('SuccessCriteriaMet', verdict);
      if (after.terminating === 0) {
        this.#set('Complete', verdict);
        completionTime = toTimestamp(this.#now);
        this.#events.normal(this.#job, 'Completed', 'Job completed');
      }
    } else if (failure !== undefined && after.active.length === 0 && after.terminating === 0) {
      this.#set('Failed', failure);
      this.#events.warning(this.#job, failure.reason, failure.message);
    }
    const status: JobStatus & { readonly uncountedTerminatedPods: Readonly<Record<string, never>> } = {
      ...(this.#conditions.length > 0 ? { conditions: this.#conditions } : {}),
      ...(this.#startTime === undefined ? {} : { startTime: this.#startTime }),
      ...(completionTime === undefined ? {} : { completionTime }),
      ...(after.active.length > 0 ? { active: after.active.length } : {}),
      ...(succeeded > 0 ? { succeeded } : {}),
      ...(failed > 0 ? { failed } : {}),
      ...(completed.size > 0 ? { completedIndexes: formatIndexes(completed) } : {}),
      ...(spec.backoffLimitPerIndex === undefined
        ? {}
        : { failedIndexes: formatIndexes(failedIndexes(this.#job, after.failed)) }),
      terminating: after.terminating,
      uncountedTerminatedPods: {},
      ready: after.ready,
    };
    if (!equalJson(status, old)) this.#context.modifyStatus(JOBS, this.#job, (draft) => ({ ...draft, status }));
    for (const pod of [...after.succeeded, ...after.failed]) release(this.#context, pod);
  }
}

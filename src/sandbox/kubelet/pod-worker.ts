/** One pod on one node: starts its containers in order, reports its status, ends it with grace. */
import { fromTimestamp, toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, objectKey } from '../runtime/context.ts';
import { isPodFinished, isTerminating } from '../runtime/pods.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { PODS } from '../runtime/resources.ts';
import type { Container, Pod } from '../runtime/shapes.ts';
import type { Timer } from '../runtime/timers.ts';
import type { Behaviours } from './behaviours.ts';
import type { Host } from './container-host.ts';
import { ContainerRun } from './container-run.ts';
import { Mounts } from './mounts.ts';
import type { Behaviour } from './script.ts';
import type { Sources } from './sources.ts';
import { isInitDone, isSidecar, phaseOf, podStatus } from './pod-status.ts';

export interface PodHome {
  readonly context: Context;
  readonly events: Recorder;
  readonly behaviours: Behaviours;
  readonly node: string;
  readonly hostIP: string;
  readonly images: Set<string>;
  readonly sources: Sources;
}

/** It is what its containers know of their pod, too. */
export class PodWorker implements Host {
  readonly #home: PodHome;
  readonly #podIP: string;
  readonly #startTime: string;
  readonly #inits: readonly ContainerRun[];
  readonly #mains: readonly ContainerRun[];
  /** Undefined once all volumes are there. */
  #mounts: Mounts | undefined;
  #pod: Pod;
  /** The last one whose amounts were looked at. */
  #generation: number | undefined;
  #timer: Timer | undefined;
  #killing = false;
  #graceEndsAt: number | undefined;
  #ended: { readonly reason: string; readonly message: string } | undefined;
  #working = false;
  #gone = false;

  constructor(home: PodHome, pod: Pod, podIP: string) {
    this.#home = home;
    this.#pod = pod;
    this.#generation = pod.metadata.generation;
    this.#podIP = pod.spec.hostNetwork === true ? home.hostIP : podIP;
    this.#startTime = toTimestamp(home.context.now());
    this.#mounts = (pod.spec.volumes ?? []).length > 0 ? new Mounts(pod, home) : undefined;
    this.#inits = (pod.spec.initContainers ?? []).map((container) => new ContainerRun(container, this));
    this.#mains = pod.spec.containers.map((container) => new ContainerRun(container, this));
  }

  get pod(): Pod {
    return this.#pod;
  }

  get runs(): readonly ContainerRun[] {
    return [...this.#inits, ...this.#mains];
  }

  /** The pod's object changed. Our own status writes come back this way too. */
  update(pod: Pod): void {
    const resized = pod.metadata.generation !== this.#generation;
    this.#generation = pod.metadata.generation;
    this.#pod = pod;
    if (resized) this.#resize(pod);
    if (!this.#working && (resized || isTerminating(pod))) this.work();
  }

  /**
   * https://kubernetes.io/docs/tasks/configure-pod-container/resize-container-resources/, as with the resizePolicy
   * NotRequired.
   */
  #resize({ spec }: Pod): void {
    const now = this.#home.context.now();
    for (const { name, resources } of [...(spec.initContainers ?? []), ...spec.containers])
      this.runs.find(({ container }) => container.name === name)?.resize(resources, now);
  }

  /** Does what is due, reports it, and sets the alarm for what comes next. */
  work(): void {
    if (this.#gone) return;
    this.#working = true;
    const now = this.#home.context.now();
    if (isTerminating(this.#pod)) this.#terminate(now);
    else if (this.#isOverdue(now)) this.#endByDeadline(now);
    for (const run of this.runs) run.step(now);
    if (!this.#killing && this.#mount(now)) this.#startMore(now);
    this.#report(now);
    this.#working = false;
    if (this.#killing && this.runs.every((run) => !run.isRunning)) this.#finish();
    else this.#arm();
  }

  /** The object is gone, or another kubelet's. */
  drop(): void {
    this.#gone = true;
    this.#timer?.cancel();
  }

  get describe(): Host['describe'] {
    const { name, namespace = '', uid = '' } = this.#pod.metadata;
    return { podName: name, namespace, uid, podIP: this.#podIP };
  }

  get waits(): Host['waits'] {
    return (this.#pod.spec.initContainers ?? []).length > 0 ? 'PodInitializing' : 'ContainerCreating';
  }

  behaviour(container: string, restarts: number): Behaviour {
    const behaviour = this.#home.behaviours.of({ pod: this.#pod, container, restarts });
    const init = this.#inits.find((run) => run.container.name === container);
    const ends = behaviour.exit !== undefined || (init === undefined ? !this.#isJobPod() : isSidecar(init));
    // Init containers and Jobs are there to end: those without a script do so at once, and well.
    return ends ? behaviour : { ...behaviour, exit: { afterMs: init === undefined ? UNSCRIPTED_JOB_MS : 0, code: 0 } };
  }

  hasImage(image: string): boolean {
    return this.#home.images.has(image);
  }

  addImage(image: string): void {
    this.#home.images.add(image);
  }

  pullsImage(): void {
    const missing = this.#home.sources.missingPullSecrets(this.#pod).join(', ');
    if (missing !== '')
      this.#warn(
        'FailedToRetrieveImagePullSecret',
        `Unable to retrieve some image pull secrets (${missing}); attempting to pull the image may not succeed.`,
      );
  }

  missing(container: Container): string | undefined {
    return this.#home.sources.environment(container, this.#pod.metadata.namespace ?? '');
  }

  event(type: 'Normal' | 'Warning', reason: string, { message, container }: Parameters<Host['event']>[2]): void {
    const field = this.#inits.some((run) => run.container === container) ? 'initContainers' : 'containers';
    this.#home.events.record(this.#pod, {
      type,
      reason,
      message,
      host: this.#home.node,
      fieldPath: `spec.${field}{${container.name}}`,
    });
  }

  containerId(): string {
    const { prng } = this.#home.context;
    const half = () => prng.uuid().replaceAll('-', '');
    return ['containerd://', half(), half()].join('');
  }

  /** Whether all volumes are there. */
  #mount(now: number): boolean {
    for (const message of this.#mounts?.step(this.#pod, now) ?? []) this.#warn('FailedMount', message);
    if (this.#mounts?.isDone === true) this.#mounts = undefined;
    return this.#mounts === undefined;
  }

  #warn(reason: string, message: string): void {
    this.#home.events.record(this.#pod, { type: 'Warning', reason, message, host: this.#home.node });
  }

  #isJobPod(): boolean {
    return (
      this.#pod.metadata.ownerReferences?.some((owner) => owner.controller === true && owner.kind === 'Job') === true
    );
  }

  restarts(container: Container, exitCode: number): boolean {
    if (this.#killing) return false;
    const isInit = this.#inits.some((run) => run.container === container);
    if (isInit && container.restartPolicy === 'Always') return !this.#mains.every((run) => run.isOver);
    const policy = this.#pod.spec.restartPolicy ?? 'Always';
    if (isInit) return exitCode !== 0 && policy !== 'Never';
    return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
  }

  /** Init containers one after the other, then all others together. */
  #startMore(now: number): void {
    for (const run of this.#inits) {
      run.start(now);
      run.step(now);
      if (!isInitDone(run)) return;
      run.markCompleted();
    }
    for (const run of this.#mains) {
      run.start(now);
      run.step(now);
    }
    if (this.#mains.every((run) => run.isOver))
      for (const run of this.#inits) if (isSidecar(run)) run.stop(now, this.#graceMs());
  }

  #graceMs(): number {
    return (this.#pod.spec.terminationGracePeriodSeconds ?? 30) * 1000;
  }

  #terminate(now: number): void {
    const graceMs = (this.#pod.metadata.deletionGracePeriodSeconds ?? 0) * 1000;
    // The deletion's timestamp is its end; a second deletion may bring that forward.
    const endsAt = Math.min(fromTimestamp(this.#pod.metadata.deletionTimestamp) ?? now, now + graceMs);
    if (!this.#killing) {
      this.#killing = true;
      this.#graceEndsAt = now + graceMs;
      for (const run of this.runs) run.stop(now, graceMs);
    } else if (this.#graceEndsAt !== undefined && endsAt < this.#graceEndsAt) {
      this.#graceEndsAt = Math.max(now, endsAt);
      for (const run of this.runs) run.hurry(this.#graceEndsAt);
    }
  }

  #isOverdue(now: number): boolean {
    const due = this.#deadline();
    return due !== undefined && due <= now && this.#ended === undefined && !isPodFinished(this.#pod);
  }

  #deadline(): number | undefined {
    const seconds = this.#pod.spec.activeDeadlineSeconds;
    return seconds === undefined ? undefined : (fromTimestamp(this.#startTime) ?? 0) + seconds * 1000;
  }

  #endByDeadline(now: number): void {
    const message = 'Pod was active on the node longer than the specified deadline';
    this.#ended = { reason: 'DeadlineExceeded', message };
    this.#home.events.record(this.#pod, { type: 'Normal', reason: 'DeadlineExceeded', message, host: this.#home.node });
    this.#killing = true;
    for (const run of this.runs) run.stop(now, this.#graceMs());
  }

  #report(now: number): void {
    const parts = {
      pod: this.#pod,
      inits: this.#inits,
      mains: this.#mains,
      podIP: this.#podIP,
      hostIP: this.#home.hostIP,
      startTime: this.#startTime,
      sandboxed: this.#mounts === undefined,
      ...(this.#ended === undefined ? {} : { ended: this.#ended }),
      now,
    };
    // What has finished stays as it was reported.
    if (isPodFinished(this.#pod) && this.#pod.status?.phase !== phaseOf(parts) && !this.#killing) return;
    const status = podStatus(parts);
    if (equalJson(status, this.#pod.status)) return;
    const written = this.#home.context.modifyStatus(PODS, this.#pod, (draft) => {
      if (draft.metadata.uid !== this.#pod.metadata.uid) return undefined;
      draft['status'] = status;
      return draft;
    });
    if (written !== undefined && written.metadata.uid === this.#pod.metadata.uid) this.#pod = written;
  }

  #finish(): void {
    this.#timer?.cancel();
    if (!isTerminating(this.#pod)) return;
    this.#gone = true;
    this.#home.context.cluster.remove(PODS, objectKey(this.#pod), {
      gracePeriodSeconds: 0,
      uid: this.#pod.metadata.uid ?? '',
    });
  }

  #arm(): void {
    this.#timer?.cancel();
    let next: number | undefined = this.#ended === undefined && !this.#killing ? this.#deadline() : undefined;
    for (const due of [this.#killing ? undefined : this.#mounts?.next(), ...this.runs.map((run) => run.next())])
      if (due !== undefined && (next === undefined || due < next)) next = due;
    this.#timer =
      next === undefined || isPodFinished(this.#pod)
        ? undefined
        : this.#home.context.timers.at(next, () => this.work());
  }
}

/** A Job's container that nobody scripted runs this long. */
const UNSCRIPTED_JOB_MS = 1000;

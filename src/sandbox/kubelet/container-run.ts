/**
 * One container of a pod over all its restarts.
 *
 *     waiting ──start──▶ pulling ──pulled──▶ running ──exit──▶ terminated ──▶ (back-off) ──▶ pulling …
 *                         │  ▲                                     └─ restartPolicy says no: it stays so
 *                         ▼  │
 *                    pull back-off
 *
 * It is driven by `step(now)`, and says by `next()` when that is due again; a healthy running container is never due.
 */
import { toTimestamp } from '../../std/clock.ts';
import { equalJson } from '../machinery/json.ts';
import type { Container, ContainerState, ContainerStatus } from '../runtime/shapes.ts';
import { BackOff } from './back-off.ts';
import type { Host } from './container-host.ts';
import { ContainerProbes } from './container-probes.ts';
import { goDuration, imageSize, pullError } from './container-texts.ts';
import { type LogLine, linesOf, type PrintedRun } from './logs.ts';
import { type Exit, plannedEnd } from './planned-end.ts';
import { type Behaviour, HEALTHY, ScriptError } from './script.ts';

type Phase =
  | 'idle'
  | 'pulling'
  | 'pull-failed'
  | 'pull-backoff'
  | 'config-failed'
  | 'running'
  | 'stopping'
  | 'terminated'
  | 'crash-backoff';

/** A pull of an image that the node does not have. */
const DEFAULT_PULL_MS = 200;
/** ErrImagePull shows this long before it becomes ImagePullBackOff: the next sync of the pod. */
const ERROR_SHOWN_MS = 1000;
/** While it waits, the kubelet syncs the pod, and says so, about this often. */
const BACKOFF_SYNC_MS = 12_000;

export class ContainerRun {
  #container: Container;
  readonly #host: Host;
  #phase: Phase = 'idle';
  /** When the present phase ends. */
  #dueAt: number | undefined;
  #syncAt: number | undefined;
  #retryAt = 0;
  #waiting: { readonly reason: string; readonly message?: string };
  #restartCount = 0;
  #startedAt = 0;
  #id = '';
  #last: ContainerState | undefined;
  #state: ContainerState | undefined;
  #exit: Exit | undefined;
  #failedAt = 0;
  #delayMs = 0;
  #behaviour: Behaviour = HEALTHY;
  #crashes: BackOff | undefined;
  #pulls: BackOff | undefined;
  /** Of the present run. */
  #probes: ContainerProbes | undefined;
  #printed: PrintedRun | undefined;
  #previous: PrintedRun | undefined;
  /** An init container that has done its work. */
  #completed = false;

  constructor(container: Container, host: Host) {
    this.#container = container;
    this.#host = host;
    this.#waiting = { reason: host.waits };
  }

  get container(): Container {
    return this.#container;
  }

  /** Other amounts from now on, without a restart: what runs meets its new limit, sooner or later than the old one. */
  resize(resources: Container['resources'], now: number): void {
    if (equalJson(resources, this.#container.resources)) return;
    const { resources: _old, ...rest } = this.#container;
    this.#container = resources === undefined ? rest : { ...rest, resources };
    if (this.#phase !== 'running') return;
    const end = plannedEnd(this.#container, this.#behaviour);
    this.#exit = end?.exit;
    this.#dueAt = end === undefined ? undefined : Math.max(now, this.#startedAt + end.afterMs);
  }

  get isIdle(): boolean {
    return this.#phase === 'idle';
  }

  get isRunning(): boolean {
    return this.#phase === 'running' || this.#phase === 'stopping';
  }

  get isStarted(): boolean {
    return this.isRunning && this.#probes?.started === true;
  }

  get isReady(): boolean {
    return this.isRunning && this.#probes?.ready === true;
  }

  /** Ended, and not to be run again. */
  get isOver(): boolean {
    return this.#phase === 'terminated' && this.#dueAt === undefined;
  }

  /** Has run at least once. */
  get hasRun(): boolean {
    return this.isRunning || this.#last !== undefined || this.#phase === 'terminated';
  }

  get exitCode(): number | undefined {
    return this.#phase === 'terminated' || this.#phase === 'crash-backoff'
      ? this.#state?.terminated?.exitCode
      : undefined;
  }

  get behaviour(): Behaviour {
    return this.#behaviour;
  }

  get startedAt(): number {
    return this.#startedAt;
  }

  get restartCount(): number {
    return this.#restartCount;
  }

  /** The log of this run or the one before; undefined when there was none. */
  log(which: 'current' | 'previous', now: number): readonly LogLine[] | undefined {
    if (which === 'previous') return this.#previous === undefined ? undefined : linesOf(this.#previous);
    if (this.isRunning) return linesOf({ logs: this.#behaviour.logs, startedAt: this.#startedAt, endedAt: now });
    return this.#printed === undefined ? undefined : linesOf(this.#printed);
  }

  /** When `step` is due; undefined: nothing happens by itself any more. */
  next(): number | undefined {
    let next = this.#dueAt;
    if (this.#syncAt !== undefined && (next === undefined || this.#syncAt < next)) next = this.#syncAt;
    const probeAt = this.#probes?.next();
    if (probeAt !== undefined && (next === undefined || probeAt < next)) next = probeAt;
    return next;
  }

  start(now: number): void {
    if (this.#phase === 'idle') this.#begin(now);
  }

  step(now: number): void {
    // Each turn moves at least one due instant past `now`; phases of no duration follow each other at most once round
    // the diagram.
    for (let next = this.next(); next !== undefined && next <= now; next = this.next()) {
      if (this.#dueAt !== undefined && this.#dueAt <= now) this.#end(this.#dueAt);
      else if (this.#syncAt !== undefined && this.#syncAt <= now) this.#sync(this.#syncAt);
      else this.#probe(now);
    }
  }

  /** Asks it to end: SIGTERM, then SIGKILL after the grace. Says why unless it is the pod that ends. */
  stop(now: number, graceMs: number, message = `Stopping container ${this.container.name}`): void {
    if (this.#phase === 'running') {
      this.#say('Normal', 'Killing', message);
      const killed = this.#behaviour.stopMs > graceMs;
      this.#exit = {
        code: killed ? 137 : this.#behaviour.stopCode,
        reason: this.#behaviour.stopCode === 0 && !killed ? 'Completed' : 'Error',
      };
      this.#phase = 'stopping';
      this.#dueAt = now + Math.min(this.#behaviour.stopMs, graceMs);
      this.#probes?.end();
    } else if (this.#phase !== 'stopping') {
      this.#dueAt = undefined;
      this.#syncAt = undefined;
      if (this.#phase === 'crash-backoff') this.#phase = 'terminated';
    }
  }

  /** The grace was cut short. */
  hurry(at: number): void {
    if (this.#phase === 'stopping' && this.#dueAt !== undefined && at < this.#dueAt) this.#dueAt = at;
  }

  status(): ContainerStatus {
    const { container } = this;
    const state: ContainerState =
      this.#phase === 'running' || this.#phase === 'stopping'
        ? { running: { startedAt: toTimestamp(this.#startedAt) } }
        : this.#phase === 'terminated' && this.#state !== undefined
          ? this.#state
          : { waiting: this.#waiting };
    const ran = this.#id !== '';
    return {
      name: container.name,
      state,
      lastState: this.#last ?? {},
      ready: this.isReady || (this.isOver && this.exitCode === 0 && this.#completed),
      restartCount: this.#restartCount,
      image: container.image,
      imageID: ran ? `sandbox://${container.image}` : '',
      ...(ran ? { containerID: this.#id } : {}),
      started: this.isStarted,
      // Of what runs, as it runs: https://github.com/kubernetes/kubernetes/blob/v1.36.0/pkg/kubelet/kubelet_pods.go
      ...('running' in state && { resources: container.resources ?? {} }),
    };
  }

  /** Init containers are ready when they have completed. */
  markCompleted(): void {
    this.#completed = true;
    this.#probes?.markReady();
  }

  #say(type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#host.event(type, reason, { message, container: this.container });
  }

  #begin(now: number): void {
    this.#waiting = { reason: this.#host.waits };
    try {
      this.#behaviour = this.#host.behaviour(this.container.name, this.#restartCount);
    } catch (cause) {
      if (!(cause instanceof ScriptError)) throw cause;
      this.#behaviour = { ...HEALTHY, configError: cause.message };
    }
    this.#pull(now);
  }

  #pull(now: number): void {
    const { image, imagePullPolicy } = this.container;
    this.#host.pullsImage();
    this.#phase = 'pulling';
    this.#syncAt = undefined;
    if (this.#behaviour.pull.fails === undefined && imagePullPolicy !== 'Always' && this.#host.hasImage(image)) {
      this.#say(
        'Normal',
        'Pulled',
        `Container image "${image}" already present on machine and can be accessed by the pod`,
      );
      this.#launch(now);
      return;
    }
    this.#say('Normal', 'Pulling', `Pulling image "${image}"`);
    this.#dueAt = now + (this.#behaviour.pull.takesMs ?? DEFAULT_PULL_MS);
  }

  /** The present phase is over. */
  #end(now: number): void {
    this.#dueAt = undefined;
    switch (this.#phase) {
      case 'pulling':
        if (this.#behaviour.pull.fails === undefined) this.#pulled(now);
        else this.#pullFailed(now, pullError(this.#behaviour.pull.fails, this.container.image));
        return;
      case 'pull-failed':
        this.#backOffPull(now);
        return;
      case 'pull-backoff':
        this.#pull(now);
        return;
      case 'config-failed':
      case 'crash-backoff':
        this.#restart(now);
        return;
      case 'running':
      case 'stopping':
        this.#exited(now);
        return;
      case 'terminated':
        this.#backOffCrash(now);
        return;
      case 'idle':
        return;
    }
  }

  #pulled(now: number): void {
    const { image } = this.container;
    const took = goDuration(this.#behaviour.pull.takesMs ?? DEFAULT_PULL_MS);
    this.#host.addImage(image);
    const text = `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${imageSize(image)} bytes.`;
    this.#say('Normal', 'Pulled', text);
    this.#launch(now);
  }

  #pullFailed(now: number, error: string): void {
    this.#say('Warning', 'Failed', `Failed to pull image "${this.container.image}": ${error}`);
    this.#say('Warning', 'Failed', 'Error: ErrImagePull');
    this.#waiting = { reason: 'ErrImagePull', message: error };
    this.#pulls ??= new BackOff();
    this.#pulls.next(now, now);
    this.#retryAt = now + this.#pulls.delay(now);
    this.#phase = 'pull-failed';
    this.#dueAt = now + ERROR_SHOWN_MS;
  }

  #backOffPull(now: number): void {
    const { image } = this.container;
    const error = this.#waiting.message ?? '';
    this.#waiting = {
      reason: 'ImagePullBackOff',
      message: `Back-off pulling image "${image}": ErrImagePull: ${error}`,
    };
    this.#phase = 'pull-backoff';
    this.#dueAt = this.#retryAt;
    this.#sync(now);
  }

  #launch(now: number): void {
    const error = this.#behaviour.configError ?? this.#host.missing(this.container);
    if (error !== undefined) {
      this.#waiting = { reason: 'CreateContainerConfigError', message: error };
      this.#say('Warning', 'Failed', `Error: ${error}`);
      this.#phase = 'config-failed';
      this.#dueAt = now + BACKOFF_SYNC_MS;
      return;
    }
    this.#id = this.#host.containerId();
    this.#previous = this.#printed;
    this.#printed = undefined;
    this.#say('Normal', 'Created', 'Container created');
    this.#say('Normal', 'Started', 'Container started');
    this.#phase = 'running';
    this.#state = undefined;
    this.#startedAt = now;
    const end = plannedEnd(this.container, this.#behaviour);
    this.#exit = end?.exit;
    this.#dueAt = end === undefined ? undefined : now + end.afterMs;
    this.#completed = false;
    this.#probes = new ContainerProbes({
      container: this.container,
      behaviour: this.#behaviour,
      startedAt: now,
      podIP: this.#host.describe.podIP,
      unhealthy: (message) => this.#say('Warning', 'Unhealthy', message),
    });
  }

  #exited(now: number): void {
    const exit = this.#exit ?? { code: 0, reason: 'Completed' };
    this.#printed = { logs: this.#behaviour.logs, startedAt: this.#startedAt, endedAt: now };
    this.#state = {
      terminated: {
        exitCode: exit.code,
        reason: exit.reason,
        ...(exit.message === undefined ? {} : { message: exit.message }),
        startedAt: toTimestamp(this.#startedAt),
        finishedAt: toTimestamp(now),
        containerID: this.#id,
      },
    };
    this.#phase = 'terminated';
    this.#probes = undefined;
    this.#completed = false;
    if (!this.#host.restarts(this.container, exit.code)) return;
    this.#crashes ??= new BackOff();
    this.#failedAt = now;
    this.#delayMs = this.#crashes.delay(now);
    this.#retryAt = now + this.#delayMs;
    // The kubelet sees the exit first and backs off in a later sync; without a back-off it restarts in that sync.
    this.#dueAt = now + Math.min(ERROR_SHOWN_MS, this.#delayMs);
  }

  #backOffCrash(now: number): void {
    if (this.#retryAt <= now) {
      this.#restart(now);
      return;
    }
    this.#phase = 'crash-backoff';
    this.#dueAt = this.#retryAt;
    this.#sync(now);
  }

  #restart(now: number): void {
    if (this.#phase !== 'config-failed') {
      this.#crashes ??= new BackOff();
      this.#crashes.next(this.#failedAt, now);
      this.#last = this.#state;
      this.#restartCount++;
    }
    this.#begin(now);
  }

  /** A sync of the pod during a back-off: it says why it waits. */
  #sync(now: number): void {
    const { podName, namespace, uid } = this.#host.describe;
    if (this.#phase === 'pull-backoff') {
      this.#say('Normal', 'BackOff', `Back-off pulling image "${this.container.image}"`);
      this.#say('Warning', 'Failed', 'Error: ImagePullBackOff');
    } else {
      const name = `${podName}_${namespace}(${uid})`;
      this.#waiting = {
        reason: 'CrashLoopBackOff',
        message: `back-off ${goDuration(this.#delayMs)} restarting failed container=${this.container.name} pod=${name}`,
      };
      this.#last = this.#state;
      this.#say('Warning', 'BackOff', `Back-off restarting failed container ${this.container.name} in pod ${name}`);
    }
    const again = now + BACKOFF_SYNC_MS;
    this.#syncAt = this.#dueAt !== undefined && again < this.#dueAt ? again : undefined;
  }

  #probe(now: number): void {
    const failed = this.#probes?.run(now);
    if (failed === undefined) return;
    const { name } = this.container;
    this.stop(
      failed.at,
      STOP_GRACE_MS,
      `Container ${name} failed ${failed.kind.toLowerCase()} probe, will be restarted`,
    );
  }
}

/** The default terminationGracePeriodSeconds. */
const STOP_GRACE_MS = 30_000;

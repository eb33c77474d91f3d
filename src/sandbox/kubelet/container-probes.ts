/** The probes of one run of a container: when each is due, and what follows from its successes and failures. */
import type { Container } from '../runtime/shapes.ts';
import {
  failureText,
  nextChange,
  type ProbeKind,
  probeSchedule,
  type Schedule,
  succeeds,
  tickAtOrAfter,
} from './probes.ts';
import type { Behaviour } from './script.ts';

export interface ProbedRun {
  readonly container: Container;
  readonly behaviour: Behaviour;
  readonly startedAt: number;
  readonly podIP: string;
  /** Called for each failure. */
  readonly unhealthy: (message: string) => void;
}

/** A probe that asks for a restart. */
export interface FailedProbe {
  readonly kind: ProbeKind;
  readonly at: number;
}

interface ProbeState {
  readonly kind: ProbeKind;
  readonly schedule: Schedule;
  at: number | undefined;
  failures: number;
  successes: number;
}

export class ContainerProbes {
  readonly #run: ProbedRun;
  readonly #probes: readonly ProbeState[];
  #started: boolean;
  #ready: boolean;

  constructor(run: ProbedRun) {
    this.#run = run;
    const state = (kind: ProbeKind): ProbeState | undefined => {
      const schedule = probeSchedule(kind, run.container, run.behaviour);
      return schedule === undefined ? undefined : { kind, schedule, at: undefined, failures: 0, successes: 0 };
    };
    const startup = state('Startup');
    const others = [state('Liveness'), state('Readiness')].filter((probe) => probe !== undefined);
    this.#probes = startup === undefined ? others : [startup, ...others];
    this.#started = startup === undefined;
    this.#ready = this.#started && !this.#hasReadiness();
    for (const probe of this.#probes)
      if (this.#started || probe === startup) probe.at = run.startedAt + probe.schedule.delayMs;
  }

  /** The startup probe has succeeded, or there is none. */
  get started(): boolean {
    return this.#started;
  }

  get ready(): boolean {
    return this.#ready;
  }

  markReady(): void {
    this.#ready = true;
  }

  /** The container is asked to stop: nothing is probed any more. */
  end(): void {
    for (const probe of this.#probes) probe.at = undefined;
    this.#ready = false;
  }

  /** When `run` is due; undefined: nothing changes by itself any more. */
  next(): number | undefined {
    let next: number | undefined;
    for (const { at } of this.#probes) if (at !== undefined && (next === undefined || at < next)) next = at;
    return next;
  }

  /** Asks what is due. Answers with the probe that wants the container ended; the rest is not asked then. */
  run(now: number): FailedProbe | undefined {
    for (const probe of this.#probes) {
      if (probe.at === undefined || probe.at > now) continue;
      const failed = this.#ask(probe, probe.at);
      if (failed !== undefined) return failed;
    }
    return undefined;
  }

  #ask(probe: ProbeState, at: number): FailedProbe | undefined {
    const { behaviour, startedAt, podIP, unhealthy } = this.#run;
    const ms = at - startedAt;
    const success = succeeds(probe.kind, behaviour, ms);
    if (success) {
      probe.failures = 0;
      probe.successes++;
    } else {
      probe.successes = 0;
      probe.failures++;
      unhealthy(failureText({ kind: probe.kind, probe: probe.schedule.probe }, behaviour, podIP));
    }
    const settled = success && probe.successes >= probe.schedule.successThreshold;
    // A probe that keeps succeeding is looked at again only when what it sees changes.
    const change = nextChange(probe.kind, behaviour, ms);
    probe.at = !settled
      ? at + probe.schedule.periodMs
      : change === undefined
        ? undefined
        : startedAt + tickAtOrAfter(probe.schedule, change);
    return this.#judge(probe, settled ? 'settled' : 'open', at);
  }

  #judge(probe: ProbeState, success: 'settled' | 'open', at: number): FailedProbe | undefined {
    const failed = probe.failures >= probe.schedule.failureThreshold;
    if (probe.kind === 'Readiness') {
      if (success === 'settled') this.#ready = true;
      else if (failed) this.#ready = false;
      return undefined;
    }
    if (failed) return { kind: probe.kind, at };
    if (probe.kind !== 'Startup' || success === 'open') return undefined;
    this.#started = true;
    this.#ready = !this.#hasReadiness();
    probe.at = undefined;
    const { startedAt } = this.#run;
    for (const other of this.#probes)
      if (other.kind !== 'Startup') other.at = startedAt + tickAtOrAfter(other.schedule, at - startedAt);
    return undefined;
  }

  #hasReadiness(): boolean {
    return this.#probes.some((probe) => probe.kind === 'Readiness');
  }
}

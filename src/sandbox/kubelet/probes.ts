/** When a probe looks, what it sees, and what it says. https://kubernetes.io/docs/concepts/workloads/pods/probes/ */
import { unreachable } from '../../std/assert.ts';
import type { Container, Probe } from '../runtime/shapes.ts';
import type { Behaviour } from './script.ts';

export type ProbeKind = 'Readiness' | 'Liveness' | 'Startup';

export interface Schedule {
  readonly delayMs: number;
  readonly periodMs: number;
  readonly failureThreshold: number;
  readonly successThreshold: number;
  readonly probe: Probe | undefined;
}

/** Acts for a script's `ready` and `live` where the spec has no probe: as quick as a probe can be. */
const IMPLIED: Schedule = { delayMs: 0, periodMs: 1000, failureThreshold: 1, successThreshold: 1, probe: undefined };

const scheduleOf = (probe: Probe): Schedule => ({
  delayMs: (probe.initialDelaySeconds ?? 0) * 1000,
  periodMs: (probe.periodSeconds ?? 10) * 1000,
  failureThreshold: probe.failureThreshold ?? 3,
  successThreshold: probe.successThreshold ?? 1,
  probe,
});

/** Undefined: nothing is probed, so it counts as succeeding. */
export function probeSchedule(kind: ProbeKind, container: Container, behaviour: Behaviour): Schedule | undefined {
  switch (kind) {
    case 'Readiness':
      if (container.readinessProbe !== undefined) return scheduleOf(container.readinessProbe);
      return behaviour.unready !== undefined || behaviour.startsMs > 0 ? IMPLIED : undefined;
    case 'Liveness':
      if (container.livenessProbe !== undefined) return scheduleOf(container.livenessProbe);
      return behaviour.dead !== undefined ? IMPLIED : undefined;
    case 'Startup':
      return container.startupProbe === undefined ? undefined : scheduleOf(container.startupProbe);
    default:
      return unreachable(kind);
  }
}

/** What the probe sees `ms` after the container's start. */
export function succeeds(kind: ProbeKind, behaviour: Behaviour, ms: number): boolean {
  if (ms < behaviour.startsMs) return false;
  if (kind === 'Readiness')
    return behaviour.unready === undefined || ms < behaviour.unready.fromMs || ms >= behaviour.unready.untilMs;
  if (kind === 'Liveness') return behaviour.dead === undefined || ms < behaviour.dead.fromMs;
  return true;
}

/** The next instant (after the start) at which what the probe sees can change; undefined when it stays as it is. */
export function nextChange(kind: ProbeKind, behaviour: Behaviour, ms: number): number | undefined {
  const changes: number[] = [behaviour.startsMs];
  if (kind === 'Readiness' && behaviour.unready !== undefined)
    changes.push(behaviour.unready.fromMs, behaviour.unready.untilMs);
  if (kind === 'Liveness' && behaviour.dead !== undefined) changes.push(behaviour.dead.fromMs);
  const next = Math.min(...changes.filter((at) => at > ms));
  return Number.isFinite(next) ? next : undefined;
}

/** The first probe at or after `ms`; both count from the container's start. */
export function tickAtOrAfter({ delayMs, periodMs }: Schedule, ms: number): number {
  return ms <= delayMs ? delayMs : delayMs + Math.ceil((ms - delayMs) / periodMs) * periodMs;
}

export function failureText(
  { kind, probe }: { readonly kind: ProbeKind; readonly probe: Probe | undefined },
  behaviour: Behaviour,
  podIP: string,
): string {
  const own =
    kind === 'Readiness' ? behaviour.unready?.message : kind === 'Liveness' ? behaviour.dead?.message : undefined;
  return `${kind} probe failed: ${own ?? symptom(probe, podIP)}`;
}

function symptom(probe: Probe | undefined, podIP: string): string {
  if (probe?.tcpSocket !== undefined) return `dial tcp ${podIP}:${probe.tcpSocket.port}: connect: connection refused`;
  if (probe?.grpc !== undefined) return 'service unhealthy (responded with "NOT_SERVING")';
  if (probe?.exec !== undefined) return '';
  return 'HTTP probe failed with statuscode: 503';
}

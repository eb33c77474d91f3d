/** What containers use, from their scripts: the samples behind metrics.k8s.io and autoscaling. */
import { parseQuantity } from '../runtime/amounts.ts';
import type { Container } from '../runtime/shapes.ts';
import type { ContainerRun } from './container-run.ts';
import type { Curve } from './script.ts';

/** CPU in cores, memory in bytes. */
export interface Usage {
  readonly cpu: number;
  readonly memory: number;
}

/** Unscripted containers use this part of what they request, or a little when they request nothing. */
const IDLE_CPU_SHARE = 0.1;
const IDLE_CPU = 0.001;
const IDLE_MEMORY_SHARE = 0.5;
const IDLE_MEMORY = 16 * 2 ** 20;

export function along(curve: Curve, idle: number, seconds: number): number {
  const value = (curve.from ?? idle) + curve.growth * seconds;
  return Math.max(0, curve.max === undefined ? value : Math.min(curve.max, value));
}

const requested = (container: Container, resource: string): number | undefined =>
  parseQuantity(container.resources?.requests?.[resource] ?? container.resources?.limits?.[resource]);

/** Undefined while it does not run. CPU is throttled at the limit; memory ends there by an OOM kill. */
export function usageOf(run: ContainerRun, now: number): Usage | undefined {
  if (!run.isRunning) return undefined;
  const { container, behaviour } = run;
  const seconds = Math.max(0, now - run.startedAt) / 1000;
  const cpuRequest = requested(container, 'cpu');
  const cpu = along(behaviour.cpu, cpuRequest === undefined ? IDLE_CPU : cpuRequest * IDLE_CPU_SHARE, seconds);
  const cpuLimit = parseQuantity(container.resources?.limits?.['cpu']);
  const memoryRequest = requested(container, 'memory');
  // A curve without a start begins at nothing, as the OOM kill assumes.
  const curved = behaviour.memory.from !== undefined || behaviour.memory.growth !== 0;
  const idle = curved ? 0 : memoryRequest === undefined ? IDLE_MEMORY : memoryRequest * IDLE_MEMORY_SHARE;
  return {
    cpu: cpuLimit === undefined ? cpu : Math.min(cpu, cpuLimit),
    memory: along(behaviour.memory, idle, seconds),
  };
}

/** How a container that has started will end by itself. */
import { parseQuantity } from '../runtime/amounts.ts';
import type { Container } from '../runtime/shapes.ts';
import type { Behaviour } from './script.ts';

export interface Exit {
  readonly code: number;
  readonly reason: string;
  readonly message?: string;
}

/** The scripted exit or the OOM kill, whichever comes first. */
export function plannedEnd(
  container: Container,
  behaviour: Behaviour,
): { readonly afterMs: number; readonly exit: Exit } | undefined {
  const { exit, memory } = behaviour;
  const limit = parseQuantity(container.resources?.limits?.['memory']);
  const from = memory.from ?? 0;
  const reached = limit !== undefined && (memory.max === undefined || memory.max >= limit);
  const oomMs = !reached
    ? undefined
    : from >= limit
      ? 0
      : memory.growth > 0
        ? ((limit - from) / memory.growth) * 1000
        : undefined;
  if (oomMs !== undefined && (exit === undefined || oomMs < exit.afterMs))
    return { afterMs: Math.ceil(oomMs), exit: { code: 137, reason: 'OOMKilled' } };
  if (exit === undefined) return undefined;
  const reason = exit.reason ?? (exit.code === 0 ? 'Completed' : 'Error');
  const message = exit.message === undefined ? {} : { message: exit.message };
  return { afterMs: exit.afterMs, exit: { code: exit.code, reason, ...message } };
}

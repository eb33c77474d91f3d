/**
 * A control loop: keys from a queue, `workers` at a time, each handed to `reconcile`.
 *
 * Laps that wait for nothing would follow each other for as long as there are keys: `breaks` gives the event loop its
 * turn between them.
 *
 * An error of the world (an API server's, a network's) backs the key off. A broken assumption ends the loop: `run`
 * rejects with it, and the process should end. On abort the keys in hand are finished; what waits is left for the next
 * life.
 */
import { AssertionError } from '../std/assert.ts';
import type { Clock, Instant } from '../std/clock.ts';
import type { Breaks } from '../std/slices.ts';
import type { WorkQueue } from './queue.ts';

export interface ReconcileResult {
  /** When to look again without being told; absent: on the next change only. */
  readonly wakeAt?: Instant | undefined;
}

export interface ReconcileObservation {
  readonly controller: string;
  readonly key: string;
  readonly outcome: 'success' | 'error';
  readonly seconds: number;
  readonly error?: unknown;
  /** When the key comes again. */
  readonly retryAt?: Instant | undefined;
}

export interface ControllerConfig {
  readonly name: string;
  readonly clock: Clock;
  readonly queue: WorkQueue;
  readonly workers: number;
  /** Shared with the other controllers of the process. */
  readonly breaks: Breaks;
  /** The signal aborts when the controller is told to stop. */
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<ReconcileResult>;
  readonly onReconcile?: (seen: ReconcileObservation) => void;
}

/** Until the signal aborts; then resolves once the workers have finished what they had in hand. */
export async function runController(config: ControllerConfig, signal: AbortSignal): Promise<void> {
  const { queue } = config;
  const crash = new AbortController();
  const stop = AbortSignal.any([signal, crash.signal]);
  const shutDown = () => void queue.shutDown();
  if (stop.aborted) shutDown();
  else stop.addEventListener('abort', shutDown, { once: true });
  const workers = Array.from({ length: config.workers }, () =>
    work(config, stop).catch((error: unknown) => {
      crash.abort(error);
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(workers);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

async function work(config: ControllerConfig, signal: AbortSignal): Promise<void> {
  const { clock, queue, name, breaks, onReconcile } = config;
  for (let key = await queue.take(); key !== undefined; key = await queue.take()) {
    if (signal.aborted) {
      queue.done(key);
      continue;
    }
    breaks.begin();
    const started = clock.monotonic();
    const seconds = () => (clock.monotonic() - started) / 1000;
    try {
      const { wakeAt } = await config.reconcile(key, signal);
      queue.forget(key);
      if (wakeAt !== undefined) queue.addAt(key, wakeAt);
      onReconcile?.({ controller: name, key, outcome: 'success', seconds: seconds(), retryAt: wakeAt });
    } catch (error) {
      if (error instanceof AssertionError) throw error;
      const retryAt = queue.retry(key);
      onReconcile?.({ controller: name, key, outcome: 'error', seconds: seconds(), error, retryAt });
    } finally {
      queue.done(key);
    }
    await breaks.due();
  }
}

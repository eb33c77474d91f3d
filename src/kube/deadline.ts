/** Time-outs and abortion for things that may not listen to their signal. */
import type { Clock } from '../std/clock.ts';
import { TransportError } from '../shapes/transport.ts';

/** A reason made once: one of the runtime's own, with a stack, would be made for every request. */
const OVER = new Error('the work is over');

/**
 * Runs `work` with a signal that aborts when `signal` does or after `timeoutMs`, and rejects at that moment even when
 * the work ignores it. The reason of a time-out is a `TransportError` with code `Timeout`, possibly delivered.
 */
export async function withDeadline<T>(
  options: { readonly clock: Clock; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { clock, timeoutMs, signal } = options;
  signal?.throwIfAborted();
  const inner = new AbortController();
  const timer = new AbortController();
  const forward = () => inner.abort(signal?.reason);
  signal?.addEventListener('abort', forward, { once: true });
  clock.until(clock.now() + timeoutMs, timer.signal).then(
    () => inner.abort(new TransportError('Timeout', `no answer within ${timeoutMs / 1000} s`, { delivered: 'maybe' })),
    // The timer was called off: the work is over.
    () => undefined,
  );
  try {
    return await unlessAborted(work(inner.signal), inner.signal);
  } finally {
    timer.abort(OVER);
    signal?.removeEventListener('abort', forward);
  }
}

/**
 * The promise's outcome, or the signal's reason if that comes first. A late rejection of the promise is of no interest
 * to anyone.
 */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** Waits until `at` or until aborted, whichever is first; never rejects. Returns whether the time came. */
export async function sleepUntil(clock: Clock, at: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.until(at, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

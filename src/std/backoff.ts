/** Exponential back-off with a cap and jitter, as a pure function of the attempt number. */
export interface Backoff {
  readonly baseMs: number;
  readonly multiplier: number;
  readonly maxMs: number;
  /** Fraction of the delay that is random, 0 to 1. The delay is multiplied by a factor in [1, 1 + jitter). */
  readonly jitter: number;
}

/** Delay in milliseconds before attempt `attempt` (1 = first retry). `random` in [0, 1). Never above `maxMs`. */
export function backoffDelay(backoff: Backoff, attempt: number, random: number): number {
  const exponent = Math.max(0, attempt - 1);
  const plain = Math.min(backoff.maxMs, backoff.baseMs * backoff.multiplier ** exponent);
  return Math.min(backoff.maxMs, plain * (1 + backoff.jitter * random));
}

/**
 * The kubelet's back-off for crashes and image pulls: 10 s, doubled to 5 minutes, forgotten after 10 minutes without a
 * failure.
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
 */
export const BACKOFF_BASE_MS = 10_000;
export const BACKOFF_MAX_MS = 300_000;
export const BACKOFF_RESET_MS = 600_000;

export class BackOff {
  #delayMs = 0;
  #updatedAt = 0;

  /** How long after `failedAt` the next try waits. The first failure in a while is tried again at once. */
  delay(failedAt: number): number {
    return this.#expired(failedAt) ? 0 : this.#delayMs;
  }

  /** A try begins at `at`, after the failure at `failedAt`: the next one will wait longer. */
  next(failedAt: number, at: number): void {
    this.#delayMs =
      this.#delayMs === 0 || this.#expired(failedAt) ? BACKOFF_BASE_MS : Math.min(BACKOFF_MAX_MS, this.#delayMs * 2);
    this.#updatedAt = at;
  }

  #expired(at: number): boolean {
    return at - this.#updatedAt > BACKOFF_RESET_MS;
  }
}

/** Writes of the cluster's own parts that nobody waits for: heartbeats, reports, events, what timers set off. */
import { isApiError } from '../machinery/errors.ts';
import { Suspended } from '../machinery/suspension.ts';

/**
 * Does it now. Where a webhook has to be asked first, it is done once that has answered; what the webhook refuses then
 * is left out, and said again by the next report.
 */
export function eventually(write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (!(cause instanceof Suspended)) throw cause;
    void cause.ready.then(() => eventually(() => unlessRefused(write)));
  }
}

function unlessRefused(write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (!isApiError(cause)) throw cause;
  }
}

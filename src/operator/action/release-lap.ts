/**
 * Lets an action go that somebody has deleted. The ledger has what limits need of it before that; when it cannot be
 * written, a deletion waits for that no longer than for anything else.
 */
import { MAX_DEPARTURE_MS, remembered } from '../../core/action/departure.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { type Clock, fromTimestamp } from '../../std/clock.ts';
import type { ActionStore } from '../action-store.ts';
import type { LedgerStore } from '../ledger-store.ts';
import type { Logger } from '../ports.ts';
import type { LapInput } from './lap-input.ts';

export interface ReleaseLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly ledger: Pick<LedgerStore, 'remember'>;
  readonly actions: Pick<ActionStore, 'release'>;
  readonly logger: Pick<Logger, 'error'>;
}

export async function releaseLap(
  { clock, ledger, actions, logger }: ReleaseLap,
  { action }: LapInput,
): Promise<ReconcileResult> {
  const now = clock.now();
  const past = remembered(action, now);
  try {
    if (past !== undefined) await ledger.remember(past);
  } catch (error) {
    if (now < (fromTimestamp(action.metadata.deletionTimestamp) ?? now) + MAX_DEPARTURE_MS) throw error;
    logger.error(
      { action: `${action.namespace}/${action.name}`, error: String(error) },
      'a deleted action goes although it is not in the ledger; after a restart it counts in no limit',
    );
  }
  await actions.release(action);
  return {};
}

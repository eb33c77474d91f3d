/**
 * An action that somebody deletes. The finalizer keeps it until nothing of it is left midway; then what limits need of
 * it is remembered, and it goes. An example: a restart by recreation that stands at 0 replicas gets its replicas back
 * first. It is neither verified nor tried again.
 */
import { FINALIZER } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { ObjectMeta } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { isHealing, WEEK_MS } from '../healings.ts';
import { isFinished, NEEDED_MS, type PastAction } from '../history.ts';
import { pastAction } from './past-action.ts';

/**
 * The default time of a whole action. A stage takes seconds to minutes; a deletion that waited longer, of a namespace
 * say, would look as if it hung.
 */
export const MAX_DEPARTURE_MS = 600_000;

/** Nothing else finishes it, or tells the ledger of it. */
export const isHeld = ({ finalizers = [] }: Pick<ObjectMeta, 'finalizers'>): boolean => finalizers.includes(FINALIZER);

/** Whether nothing of a deleted action is midway, or it has been waited for long enough. */
export function mayGo(action: HealingAction, deletedAt: Instant, now: Instant): boolean {
  const { phase, status } = action;
  if (phase !== 'InProgress' || now >= deletedAt + MAX_DEPARTURE_MS) return true;
  if (status.undo?.state === 'InProgress') return false;
  return status.effectTime !== undefined || status.nextAttemptTime !== undefined;
}

/** What limits need of an action that goes; undefined: nothing. */
export function remembered(action: HealingAction, now: Instant): PastAction | undefined {
  const past = pastAction(action);
  if (!past.executed) return undefined;
  const { awaits: _none, unsent: _sent, ...known } = past;
  const completedAt = known.completedAt ?? now;
  if (completedAt <= now - (isHealing(past) ? WEEK_MS : NEEDED_MS)) return undefined;
  // Nobody saw how it came out: it is neither a success nor a failure.
  const phase = isFinished(past) ? past.phase : 'Cancelled';
  return { ...known, phase, completedAt };
}

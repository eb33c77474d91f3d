/**
 * What limits need of actions that are gone. History is the list of HealingActions, and people may delete these: what
 * was carried out is written here before its action goes, and is read as a part of history.
 */
import type { Instant } from '../std/clock.ts';
import { healingUid, isHealing } from './healings.ts';
import { NEEDED_MS, type PastAction } from './history.ts';

/**
 * A ConfigMap holds 1 MiB. An entry takes about 500 bytes, so that 1,800 fit: more than all 1,440 actions that the
 * operator carries out in the 24 hours that limits look back, at its default limit of 60 an hour.
 */
export const MAX_LEDGER_BYTES = 900_000;

export interface Ledger {
  /** The newest first; what ended first is left out when it is full. */
  readonly entries: readonly PastAction[];
  readonly omitted: number;
}

/** Of the same action the last one counts. What limits do not look at any more is left out. */
export function ledgerOf(entries: readonly PastAction[], now: Instant): Ledger {
  const byUid = new Map(entries.map((entry) => [entry.uid, entry]));
  const needed = [...byUid.values()]
    .filter(({ completedAt = now }) => completedAt > now - NEEDED_MS)
    .toSorted((a, b) => (b.completedAt ?? now) - (a.completedAt ?? now) || (a.uid < b.uid ? -1 : 1));
  let bytes = 0;
  const fitting = needed.findIndex((entry) => {
    bytes += Buffer.byteLength(JSON.stringify(entry)) + 1;
    return bytes > MAX_LEDGER_BYTES;
  });
  const kept = fitting === -1 ? needed : needed.slice(0, fitting);
  return { entries: kept, omitted: needed.length - kept.length };
}

/** History with those that are gone. An action that is still there speaks for itself. */
export function withLedger(actions: readonly PastAction[], entries: readonly PastAction[]): readonly PastAction[] {
  if (entries.length === 0) return actions;
  // Of a healing that is long ago only its time may be known.
  const there = new Set(
    actions.flatMap((action) => (isHealing(action) ? [action.uid, healingUid(action)] : action.uid)),
  );
  return [...actions, ...entries.filter(({ uid }) => !there.has(uid))];
}

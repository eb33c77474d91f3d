/** How long finished actions are kept: they are the history that gates read (I19). */
import type { Instant } from '../../std/clock.ts';
import { HOUR_MS, isFinished, NEEDED_MS, type PastAction } from '../history.ts';

export interface RetentionRules {
  readonly keepForMs: number;
  /** The newest of each policy that stay whatever their age. */
  readonly keepNewest: number;
}

export type Retention =
  | { readonly keep: 'forever' }
  | { readonly keep: 'until'; readonly at: Instant }
  | { readonly keep: 'no longer' };

/** `siblings`: all actions of the same policy, asked for when the time is up. */
export function retentionOf(
  action: PastAction,
  siblings: () => readonly PastAction[],
  { rules, now }: { readonly rules: RetentionRules; readonly now: Instant },
): Retention {
  if (!isFinished(action)) return { keep: 'forever' };
  const ended = endOf(action);
  const dueAt = ended + Math.max(rules.keepForMs, NEEDED_MS);
  if (now < dueAt) return { keep: 'until', at: dueAt };
  const newer = siblings().filter(
    (other) => other.uid !== action.uid && (!isFinished(other) || endOf(other) > ended),
  ).length;
  return newer < rules.keepNewest ? { keep: 'until', at: now + HOUR_MS } : { keep: 'no longer' };
}

/** Whoever takes the end out of a status keeps the action no longer for it. */
const endOf = ({ completedAt, createdAt }: PastAction): Instant => completedAt ?? createdAt;

/** Removes a finished action once it has been kept long enough to prove limits, cool-downs and the breaker (I19). */
import type { HealingAction } from '../../api/parse-action.ts';
import { remembered } from '../../core/action/departure.ts';
import { pastAction } from '../../core/action/past-action.ts';
import { retentionOf, type RetentionRules } from '../../core/action/retention.ts';
import { HOUR_MS, type PastAction } from '../../core/history.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import type { LapInput } from './lap-input.ts';

export interface RetireLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly rules: RetentionRules;
  /** Actions of the policy of this UID; undefined: those that people made. */
  readonly siblings: (policyUid: string | undefined) => readonly PastAction[];
  /** Whether its policy is still there; of one that a person made, always. */
  readonly hasPolicy: (action: HealingAction) => boolean;
  /** Whether a node is cordoned by it still: while it is known, its policy can take the cordon back. */
  readonly keepsNode: (action: HealingAction) => boolean;
  /** What limits need for longer than the action is kept. */
  readonly remember: (past: PastAction) => Promise<void>;
  readonly remove: (action: HealingAction) => Promise<void>;
}

export async function retireLap(parts: RetireLap, { action }: LapInput): Promise<ReconcileResult> {
  const past = pastAction(action);
  // Nothing else removes what a policy that is gone has left.
  const hasPolicy = parts.hasPolicy(action);
  const rules = hasPolicy ? parts.rules : { ...parts.rules, keepNewest: 0 };
  const now = parts.clock.now();
  const retention = retentionOf(past, () => parts.siblings(past.policyUid), { rules, now });
  if (retention.keep === 'until') return { wakeAt: retention.at };
  if (retention.keep === 'no longer') {
    // At most one for each node.
    if (hasPolicy && parts.keepsNode(action)) return { wakeAt: now + HOUR_MS };
    const needed = remembered(action, now);
    if (needed !== undefined) await parts.remember(needed);
    await parts.remove(action);
  }
  return {};
}

/** A HealingAction without anything that others may have written in the operator's place. */
import { isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { type StatusVerdict, whyDoubted } from './status-seal.ts';

/**
 * An action whose status is not believed has none: no phase, no plan, no way back. A phase in which it ended stays,
 * since the API server lets nobody leave it.
 */
export function believedAction(
  action: HealingAction,
  { status: verdict, forged }: { readonly status: StatusVerdict; readonly forged: string | undefined },
): HealingAction {
  if (verdict.kind === 'valid' || verdict.kind === 'empty') {
    // What has begun was found to be ours before it began: its sealed status says so.
    const begun = action.phase !== 'Pending' && action.phase !== 'Approved';
    if (forged === undefined || begun) return action;
    return { ...action, doubt: { reason: 'Forged', message: `nothing was sent: ${forged}` } };
  }
  const message = `nothing was sent: ${whyDoubted(verdict)}`;
  const { phase } = action;
  const ended = isTerminal(phase);
  return {
    ...action,
    phase: ended ? phase : 'Pending',
    status: ended ? { phase } : {},
    doubt: { reason: 'StatusTampered', message },
  };
}

/** What every lap over one action is given, and how it commits. */
import type { ActionStatus, PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import { waitingFor } from '../../core/action/claim.ts';
import type { SendRules, Sent } from '../../core/action/stage-replies.ts';
import type { Terms } from '../../core/action/terms.ts';
import type { ActionKind } from '../../core/actions/action-kind.ts';
import type { Verdict } from '../../core/gates/proposal.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';

export interface LapInput {
  readonly action: HealingAction;
  /** The policy that it came from; undefined when it is gone, cannot be used, or when a person made the action. */
  readonly policy: HealingPolicy | undefined;
  readonly terms: Terms;
  /** Undefined when the type was switched off since. */
  readonly kind: ActionKind | undefined;
}

/** Writes the status and tells what has changed. @throws KubeError Conflict when somebody else wrote it before. */
export type CommitAction = (action: HealingAction, status: ActionStatus) => Promise<HealingAction>;

/** What the gates say, and the live reads that they say it of. */
export interface Judged {
  readonly verdict: Verdict;
  readonly scene: GateScene;
}

/** Sends the requests of one stage. `scene`: what the gates have just read. */
export type Send = (
  action: HealingAction,
  stage: {
    readonly requests: readonly PlannedRequest[];
    readonly rules: SendRules;
    readonly scene: GateScene;
    readonly how: 'begins' | 'continues';
  },
) => Promise<Sent>;

/** A refused claim, and a request whose answer was lost, is looked at again after this. */
export const RECHECK_MS = 1000;
/**
 * What a stage set off is looked at this often, beside the changes that wake it: pods take seconds to go and to come.
 */
const STAGE_RECHECK_MS = 5000;

/** The action stands still for now, and says why. */
export async function hold(
  { clock, commit }: { readonly clock: Pick<Clock, 'now'>; readonly commit: CommitAction },
  action: HealingAction,
  message: string,
): Promise<ReconcileResult> {
  const status = waitingFor(action, message);
  if (status !== undefined) await commit(action, status);
  return { wakeAt: clock.now() + STAGE_RECHECK_MS };
}

/** Plans the next stage of an action on live reads, and commits the plan before anything of it is sent (law 2). */
import type { HealingAction } from '../../api/parse-action.ts';
import { CLAIM_LOST } from '../../core/action/action-gates.ts';
import { asksOutcome, claimStep } from '../../core/action/claim-step.ts';
import { claimed, type PlannedStage } from '../../core/action/claim.ts';
import { isHeld } from '../../core/action/departure.ts';
import { effectOf } from '../../core/action/effect.ts';
import type { Baseline } from '../../core/action/harm.ts';
import type { ActionKind, Outcome } from '../../core/actions/action-kind.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { assert } from '../../std/assert.ts';
import type { Clock } from '../../std/clock.ts';
import { type LapInput, type CommitAction, hold, type Judged } from './lap-input.ts';
import { type Planning, plannedOf } from './planning.ts';
import { given } from '../../std/given.ts';

/** A stage that stands in the status of its action, and may be sent. */
export interface ClaimedStage {
  readonly kind: ActionKind;
  readonly how: 'begins' | 'continues';
  /** As it is sent; the status keeps less of it. */
  readonly plan: PlannedStage;
}

export interface ClaimLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly plan: (input: LapInput) => Promise<Planning>;
  /** What became of the attempts so far, by live reads. */
  readonly outcomeOf: (
    kind: ActionKind,
    seen: { readonly action: HealingAction; readonly target: KubeObject | undefined },
  ) => Promise<Outcome>;
  /** The gates on live reads. */
  readonly judge: (action: HealingAction, how: 'begins' | 'continues') => Promise<Judged>;
  /** Why the audit trail takes no record. */
  readonly auditProblem: () => string | undefined;
  readonly baselineOf: (watched: Pick<LapInput, 'action' | 'policy'>) => Baseline | undefined;
  /** Nobody's deletion takes the action away in the middle; one that a person made is not held yet. */
  readonly hold: (action: HealingAction) => Promise<HealingAction>;
  readonly commit: CommitAction;
  readonly effect: (input: LapInput, stage: ClaimedStage) => Promise<ReconcileResult>;
}

export async function claimLap(parts: ClaimLap, input: LapInput): Promise<ReconcileResult> {
  const { action, terms } = input;
  const planning = await parts.plan(input);
  const kind = planning.kind === 'planned' ? planning.actionKind : input.kind;
  const planned = plannedOf(planning);
  const target = planning.kind === 'planned' ? planning.target : undefined;
  const asked = kind !== undefined && asksOutcome(action, planned);
  const seen = {
    planned,
    effect: effectOf(kind, terms),
    terms,
    ...given({ outcome: asked ? await parts.outcomeOf(kind, { action, target }) : undefined }),
  };
  const step = claimStep(action, seen, parts.clock.now());
  switch (step.do) {
    case 'commit':
      await parts.commit(action, step.status);
      return {};
    case 'hold':
      return hold(parts, action, step.message);
    case 'claim':
      assert(kind !== undefined, 'a plan was made by a kind of action');
      return claimStage(parts, input, { kind, how: step.how, plan: step.plan });
  }
}

/** A stage in the middle asks the gates before its claim too, so that it waits without using up an attempt. */
async function claimStage(parts: ClaimLap, input: LapInput, stage: ClaimedStage): Promise<ReconcileResult> {
  const { action } = input;
  // An attempt whose first record cannot be written would be used up by nothing.
  const unwritable = parts.auditProblem();
  if (unwritable !== undefined) return hold(parts, action, `not begun: ${unwritable}`);
  if (stage.how === 'continues') {
    const { verdict } = await parts.judge(action, stage.how);
    if (!verdict.allow && verdict.reason === CLAIM_LOST) return {};
    if (!verdict.allow) return hold(parts, action, `left midway: ${verdict.message}`);
  }
  const held = action.spec.dryRun || isHeld(action.metadata) ? action : await parts.hold(action);
  const baseline = parts.baselineOf({ action: held, policy: input.policy });
  const now = parts.clock.now();
  const status = claimed(held, stage.plan, { now, ...given({ baseline }) });
  return parts.effect({ ...input, action: await parts.commit(held, status) }, stage);
}

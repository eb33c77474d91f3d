/**
 * After a crash or a lost reply: live reads tell what became of the last attempt, before anything else is done (I3).
 */
import type { HealingAction } from '../../api/parse-action.ts';
import { classified } from '../../core/action/classification.ts';
import { effectOf } from '../../core/action/effect.ts';
import type { ActionKind, Outcome } from '../../core/actions/action-kind.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { LapInput, CommitAction } from './lap-input.ts';

export interface ClassifyLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly prng: Pick<Prng, 'float'>;
  readonly outcomeOf: (kind: ActionKind, action: HealingAction) => Promise<Outcome>;
  readonly commit: CommitAction;
}

export async function classifyLap(
  { clock, prng, outcomeOf, commit }: ClassifyLap,
  { action, kind, terms }: LapInput,
): Promise<ReconcileResult> {
  const outcome = kind === undefined ? 'unknown' : await outcomeOf(kind, action);
  const seen = { outcome, effect: effectOf(kind, terms), random: prng.float(), undo: terms.undo };
  await commit(action, classified(action, seen, clock.now()));
  return {};
}

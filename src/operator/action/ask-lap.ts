/** Makes the plan that a person is asked about, by live reads and dry runs, and commits it to the status. */
import { asked } from '../../core/action/asking.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import type { CommitAction, LapInput } from './lap-input.ts';
import { type Planning, plannedOf } from './planning.ts';

export interface AskLap {
  readonly clock: Pick<Clock, 'now'>;
  readonly plan: (input: LapInput) => Promise<Planning>;
  readonly commit: CommitAction;
}

export async function askLap({ clock, plan, commit }: AskLap, input: LapInput): Promise<ReconcileResult> {
  const { action, terms } = input;
  const planned = plannedOf(await plan(input));
  await commit(action, asked(action, planned, { ...terms, now: clock.now() }));
  return {};
}

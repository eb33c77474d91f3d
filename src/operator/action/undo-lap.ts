/**
 * One lap of taking an action back: the first change that still stands as we made it is reversed, until none is left.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import type { Sent } from '../../core/action/stage-replies.ts';
import { nextUndo, planUndo, tryUndo, undoPlanned, type UndoSeen } from '../../core/action/undo.ts';
import type { Verdict } from '../../core/gates/proposal.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { LapInput, CommitAction } from './lap-input.ts';
import type { Stage } from './sending.ts';

export interface UndoLap {
  readonly clock: Pick<Clock, 'now'>;
  /** The live object; undefined when it is gone. */
  readonly read: (path: string) => Promise<KubeObject | undefined>;
  /** The gates on live reads. */
  readonly judge: (action: HealingAction, how: 'continues') => Promise<Verdict>;
  readonly send: (action: HealingAction, stage: Stage) => Promise<Sent>;
  readonly commit: CommitAction;
}

/** After a request that takes something back: what came of it, or the next. */
const UNDO_RECHECK_MS = 2000;

export async function undoLap(parts: UndoLap, { action }: LapInput): Promise<ReconcileResult> {
  const { clock, commit } = parts;
  const next = nextUndo(action, await gather(parts, action), clock.now());
  if (next.do === 'commit') {
    await commit(action, next.status);
    return {};
  }
  const verdict = await parts.judge(action, 'continues');
  const may = tryUndo(action, { inverse: next.inverse, verdict }, clock.now());
  if (may.do === 'commit') {
    await commit(action, may.status);
    return {};
  }
  if (may.do === 'send') {
    const planned = await commit(action, undoPlanned(action, next.request));
    // Whatever the answer: the next lap sees what the live object says.
    await parts.send(planned, { requests: [next.request], rules: {} });
  }
  return { wakeAt: clock.now() + UNDO_RECHECK_MS };
}

/** The inverses up to the first that has to be carried out: the others are looked at when it is done. */
async function gather({ read }: UndoLap, { status }: HealingAction): Promise<readonly UndoSeen[]> {
  const seen: UndoSeen[] = [];
  for (const inverse of status.inverses ?? []) {
    const step = planUndo(inverse, await read(inverse.path));
    seen.push({ inverse, step });
    if (step.kind === 'request') break;
  }
  return seen;
}

/**
 * One lap of taking an action back: the first change that still stands as we made it is reversed, until none is left.
 */
import type { Inverse } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { heldBack } from '../../core/action/stage-replies.ts';
import {
  nextUndo,
  tryUndo,
  undoDueAt,
  undone,
  undoPlanned,
  type UndoSeen,
  type UndoStep,
} from '../../core/action/undo.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import type { Clock } from '../../std/clock.ts';
import type { LapInput, CommitAction, Judged, Send } from './lap-input.ts';

export interface UndoLap {
  readonly clock: Pick<Clock, 'now'>;
  /** What to do about one inverse, by the live object at its path, where that lies within reach. */
  readonly look: (action: HealingAction, inverse: Inverse) => Promise<UndoStep>;
  /** The gates on live reads. */
  readonly judge: (action: HealingAction, how: 'continues') => Promise<Judged>;
  readonly send: Send;
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
  const due = undoDueAt(action, next.inverse, clock.now());
  if (clock.now() < due) return { wakeAt: due };
  const { verdict, scene } = await parts.judge(action, 'continues');
  const may = tryUndo(action, { inverse: next.inverse, verdict }, clock.now());
  if (may.do === 'commit') {
    await commit(action, may.status);
    return {};
  }
  if (may.do === 'send') {
    const planned = await commit(action, undoPlanned(action, next.request, clock.now()));
    const sent = await parts.send(planned, { requests: [next.request], rules: {}, scene, how: 'continues' });
    const held = heldBack(sent);
    if (held !== undefined) {
      await commit(planned, undone(planned, { state: 'Failed', message: held }, clock.now()));
      return {};
    }
    // Whatever the answer: the next lap sees what the live object says.
  }
  return { wakeAt: clock.now() + UNDO_RECHECK_MS };
}

/** The inverses up to the first that has to be carried out: the others are looked at when it is done. */
async function gather({ look }: UndoLap, action: HealingAction): Promise<readonly UndoSeen[]> {
  const seen: UndoSeen[] = [];
  for (const inverse of action.status.inverses ?? []) {
    const step = await look(action, inverse);
    seen.push({ inverse, step });
    if (step.kind === 'request') break;
  }
  return seen;
}

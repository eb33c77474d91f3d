/**
 * One lap of taking an action back: the first change that still stands as we made it is reversed, until none is left.
 */
import type { HealingAction } from '../api/parse-action.ts';
import type { ActionStatus } from '../api/action-status.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { nextUndo, planUndo, tryUndo, undoPlanned, type UndoSeen } from '../core/action/undo.ts';
import { errorOfAnswer } from '../kube/errors.ts';
import { send } from './effect.ts';
import { judgeLive } from './live-facts.ts';
import type { Operation } from './operation.ts';

export type UndoLap = { readonly status: ActionStatus } | { readonly retry: 'soon' };

export async function undoLap(
  op: Operation,
  action: HealingAction,
  commit: (status: ActionStatus) => Promise<HealingAction>,
): Promise<UndoLap> {
  const next = nextUndo(action, await gather(op, action), op.clock.now());
  if (next.do === 'commit') return { status: next.status };
  const verdict = await judgeLive(op, action, 'continues');
  const may = tryUndo(action, { inverse: next.inverse, verdict }, op.clock.now());
  if (may.do === 'commit') return { status: may.status };
  if (may.do === 'send') {
    const held = await commit(undoPlanned(action, next.request));
    // Whatever the answer: the next lap sees what the live object says.
    await send(op, held, { requests: [next.request] });
  }
  return { retry: 'soon' };
}

/** The inverses up to the first that has to be carried out. */
async function gather(op: Operation, action: HealingAction): Promise<readonly UndoSeen[]> {
  const seen: UndoSeen[] = [];
  for (const inverse of action.status.inverses ?? []) {
    const step = planUndo(inverse, await readPath(op, inverse.path));
    seen.push({ inverse, step });
    if (step.kind === 'request') break;
  }
  return seen;
}

async function readPath({ client }: Operation, path: string): Promise<KubeObject | undefined> {
  const answer = await client.request({ method: 'GET', path });
  if (answer.status === 404) return undefined;
  if (answer.status < 300) return answer.value as KubeObject;
  throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: undefined, what: `GET ${path}` });
}

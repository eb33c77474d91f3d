/**
 * One lap of taking an action back: the first change that still stands as we made it is reversed, until none is left.
 */
import type { HealingAction } from '../api/parse-action.ts';
import type { ActionStatus } from '../api/action-status.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { undone, undoPlanned } from '../core/action/action-transitions.ts';
import { planUndo } from '../core/action/undo.ts';
import { errorOfAnswer } from '../kube/errors.ts';
import { formatDuration } from '../std/duration.ts';
import { fromTimestamp } from '../std/clock.ts';
import { send } from './effect.ts';
import { judgeLive } from './live-facts.ts';
import type { Operation } from './operation.ts';

/**
 * A change that was refused three times, and for two minutes, needs a person. A pause in between does not use up the
 * tries.
 */
const UNDO_MS = 120_000;
const UNDO_TRIES = 3;

export type UndoLap = { readonly status: ActionStatus } | { readonly retry: 'soon' };

export async function undoLap(
  op: Operation,
  action: HealingAction,
  commit: (status: ActionStatus) => Promise<HealingAction>,
): Promise<UndoLap> {
  const now = op.clock.now();
  const impossible: string[] = [];
  const restored: string[] = [];
  for (const inverse of action.status.inverses ?? []) {
    const step = planUndo(inverse, await readPath(op, inverse.path));
    if (step.kind === 'restored') restored.push(inverse.description);
    if (step.kind === 'impossible') impossible.push(step.message);
    if (step.kind !== 'request') continue;
    const tries = (action.status.undo?.requests ?? []).filter(
      ({ description }) => description === inverse.description,
    ).length;
    const late = tries >= UNDO_TRIES && now - (fromTimestamp(action.status.undo?.at) ?? now) > UNDO_MS;
    const verdict = await judgeLive(op, action, 'continues');
    if (!verdict.allow || late) {
      const why = verdict.allow ? `it was refused for ${formatDuration(UNDO_MS)}` : verdict.message;
      if (!verdict.allow && verdict.reason === 'Suspended') return { retry: 'soon' };
      return { status: undone(action, { state: 'Failed', message: `${inverse.description}: ${why}` }, now) };
    }
    const held = await commit(undoPlanned(action, step.request));
    // Whatever the answer: the next lap sees what the live object says.
    await send(op, held, { requests: [step.request] });
    return { retry: 'soon' };
  }
  if (impossible.length > 0)
    return { status: undone(action, { state: 'Failed', message: impossible.join('; ') }, now) };
  return { status: undone(action, { state: 'Done', message: restored.join('; ') }, now) };
}

async function readPath({ client }: Operation, path: string): Promise<KubeObject | undefined> {
  const answer = await client.request({ method: 'GET', path });
  if (answer.status === 404) return undefined;
  if (answer.status < 300) return answer.value as KubeObject;
  throw errorOfAnswer({ status: answer.status, body: answer.value, retryAfter: undefined, what: `GET ${path}` });
}

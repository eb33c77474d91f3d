import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, T0, workload } from '../../../test/kit/core-data.ts';
import { lapInput, lapLog, sceneOf } from '../../../test/kit/lap-input.ts';
import type { Inverse } from '../../api/action-status.ts';
import { failed } from '../../core/action/failure.ts';
import type { Sent } from '../../core/action/stage-replies.ts';
import { planUndo } from '../../core/action/undo.ts';
import { ALLOW, refuse, type Verdict } from '../../core/gates/proposal.ts';
import type { Send } from './lap-input.ts';
import { undoLap } from './undo-lap.ts';

/** Scaled from 2 to 4 replicas, and back. */
const inverse = (path: string): Inverse => ({
  method: 'PATCH',
  path,
  body: JSON.stringify({ spec: { replicas: 2 } }),
  description: `back ${path}`,
  guard: { '/spec/replicas': '4' },
  restores: { '/spec/replicas': '2' },
});
const withReplicas = (replicas: number) => workload('Deployment', { spec: { replicas } });

/** What is there by path: replicas, or nothing. */
async function play(
  there: Readonly<Record<string, number | undefined>>,
  verdict: Verdict = ALLOW,
  answer: Sent = { kind: 'stopped' },
) {
  const log = lapLog();
  const sent: Parameters<Send>[1][] = [];
  const why = { reason: 'NotVerified', message: 'ill', executed: 'yes' } as const;
  const done = healingAction(claim({ inverses: Object.keys(there).map(inverse) }));
  const undoing = healingAction(failed(done, why, { undo: 'wanted', now: T0 }));
  const result = await undoLap(
    {
      ...log,
      look: async (_action, one) => {
        log.done.push(`read ${one.path}`);
        const replicas = there[one.path];
        return planUndo(one, replicas === undefined ? undefined : withReplicas(replicas));
      },
      judge: async (action) => ({ verdict, scene: sceneOf(action) }),
      send: async (action, stage) => {
        log.done.push(`send, with ${action.status.undo?.requests?.length ?? 0} in the status`);
        sent.push(stage);
        return answer;
      },
    },
    lapInput(undoing),
  );
  return { ...log, sent, result };
}

describe('taking back', () => {
  it('commits the first request that is needed, then sends it, whatever comes of it', async () => {
    const { done, sent, result } = await play({ '/a': 2, '/b': 4, '/c': 4 });
    expect(done).toEqual(['read /a', 'read /b', 'commit InProgress Undoing', 'send, with 1 in the status']);
    expect(sent.flatMap(({ requests }) => requests.map(({ path }) => path))).toEqual(['/b']);
    expect(result).toEqual({ wakeAt: T0 + 2000 });
  });

  it.each<[string, Readonly<Record<string, number | undefined>>, string]>([
    ['is over when everything is as it was', { '/a': 2, '/b': 2 }, 'Done'],
    ['is over when the rest is not ours any more', { '/a': 2, '/b': 7 }, 'Failed'],
    ['is over when the object is gone', { '/a': undefined }, 'Failed'],
  ])('%s', async (_title, there, state) => {
    const { committed, sent, result } = await play(there);
    expect(committed).toMatchObject([{ phase: 'Failed', reason: 'NotVerified', undo: { state } }]);
    expect([sent, result]).toEqual([[], {}]);
  });

  it('waits while healing is paused', async () => {
    const { done, result } = await play({ '/a': 4 }, refuse('Suspended', 'paused'));
    expect([done, result]).toEqual([['read /a'], { wakeAt: T0 + 2000 }]);
  });

  it('is given up when its request is held back (I37)', async () => {
    const failures = [{ code: 'OutOfReach', message: 'PATCH /a is nothing that it may send' }];
    const { committed, result } = await play({ '/a': 4 }, ALLOW, { kind: 'refused', done: [], failures });
    const message = 'OutOfReach: PATCH /a is nothing that it may send';
    expect(committed.at(-1)).toMatchObject({ phase: 'Failed', undo: { state: 'Failed', message } });
    expect(result).toEqual({});
  });

  it('is given up when the target is protected by now (I24)', async () => {
    const { committed, sent } = await play({ '/a': 4 }, refuse('Protected', 'it bears the label'));
    expect(committed).toMatchObject([{ phase: 'Failed', undo: { state: 'Failed' } }]);
    expect(sent).toEqual([]);
  });
});

import { describe, expect, it } from 'vitest';
import { healingAction, MINUTE, SECOND, T0, workload } from '../../../test/kit/core-data.ts';
import type { ActionStatus, Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toMicroTime } from '../../std/clock.ts';
import { ALLOW, refuse, type Verdict } from '../gates/proposal.ts';
import { nextUndo, planUndo, tryUndo, UNDO_MS, UNDO_TRIES, undoDueAt, undone, undoPlanned } from './undo.ts';

/** Scaled from 2 to 4, and back. */
const BACK: Inverse = {
  method: 'PATCH',
  path: '/apis/apps/v1/namespaces/shop/deployments/web',
  contentType: 'application/merge-patch+json',
  body: JSON.stringify({ spec: { replicas: 2 } }),
  description: 'scale Deployment shop/web back to 2 replicas',
  guard: { '/spec/replicas': '4' },
  restores: { '/spec/replicas': '2' },
};
const withReplicas = (replicas: number): KubeObject => workload('Deployment', { spec: { replicas } });
const request = (description: string): PlannedRequest => ({ method: 'PATCH', path: '/x', description });

describe('one inverse, by the live object', () => {
  it.each<[string, KubeObject | undefined, string]>([
    ['still as we made it: it is reversed', withReplicas(4), 'request'],
    ['as it was before, by whoever', withReplicas(2), 'restored'],
    ['something else by now: it is theirs', withReplicas(7), 'impossible'],
    ['gone', undefined, 'impossible'],
  ])('%s', (_title, live, kind) => {
    expect(planUndo(BACK, live).kind).toBe(kind);
  });

  it.each<[string, Partial<Inverse>, unknown]>([
    [
      'a merge patch has it in its metadata',
      {},
      { spec: { replicas: 2 }, metadata: { uid: 'web-uid', resourceVersion: '9' } },
    ],
    [
      'a JSON patch tests it',
      { contentType: 'application/json-patch+json', body: JSON.stringify([{ op: 'remove', path: '/spec/x' }]) },
      [
        { op: 'test', path: '/metadata/uid', value: 'web-uid' },
        { op: 'replace', path: '/metadata/resourceVersion', value: '9' },
        { op: 'remove', path: '/spec/x' },
      ],
    ],
  ])('is sent for the version that was read: %s', (_title, change, body) => {
    const step = planUndo({ ...BACK, ...change }, withReplicas(4));
    const sent = step.kind === 'request' ? step.request : undefined;
    expect(sent?.precondition).toEqual({ uid: 'web-uid', resourceVersion: '9' });
    expect(JSON.parse(sent?.body ?? '')).toEqual(body);
    expect(sent).not.toHaveProperty('guard');
  });
});

const undoing = (requests: readonly PlannedRequest[] = [], status: ActionStatus = {}) =>
  healingAction({
    phase: 'InProgress',
    inverses: [BACK],
    undo: { state: 'InProgress', at: toMicroTime(T0), reason: 'NotVerified', message: 'ill', requests: [...requests] },
    ...status,
  });

describe('what is done next', () => {
  const restored = { inverse: BACK, step: { kind: 'restored' } } as const;
  const impossible = { inverse: BACK, step: { kind: 'impossible', message: 'the object is gone' } } as const;
  const open = { inverse: BACK, step: { kind: 'request', request: request('back') } } as const;

  it('the first change that stands is reversed, whatever became of the others', () => {
    expect(nextUndo(undoing(), [restored, impossible, open], T0)).toEqual({
      do: 'send',
      inverse: BACK,
      request: open.step.request,
    });
  });

  it.each([
    ['all as before: it is done', [restored], 'Done', `ill; taken back: ${BACK.description}`],
    ['one is lost: a person has to look', [restored, impossible], 'Failed', 'ill; NOT taken back: the object is gone'],
  ] as const)('%s', (_title, seen, state, message) => {
    const next = nextUndo(undoing(), seen, T0);
    expect(next).toMatchObject({
      do: 'commit',
      status: { phase: 'Failed', reason: 'NotVerified', message, undo: { state } },
    });
  });
});

describe('whether the request is sent once more', () => {
  const tried = (times: number) => undoing(Array.from({ length: times }, () => request(BACK.description)));
  it.each<[string, number, number, Verdict, string]>([
    ['the first time', 0, 0, ALLOW, 'send'],
    ['often, and not for long', 10, UNDO_MS, ALLOW, 'send'],
    ['for long, and not often: healing was paused in between', UNDO_TRIES - 1, UNDO_MS + SECOND, ALLOW, 'send'],
    ['often and for long', UNDO_TRIES, UNDO_MS + 1, ALLOW, 'commit'],
    ['healing is paused: it waits', UNDO_TRIES, 10 * MINUTE, refuse('Suspended', 'paused'), 'hold'],
    ['another process has the action', 0, 0, refuse('ClaimLost', 'changed'), 'hold'],
    ['the target is protected by now', 0, 0, refuse('Protected', 'it bears the label'), 'commit'],
  ])('%s', (_title, tries, now, verdict, what) => {
    expect(tryUndo(tried(tries), { inverse: BACK, verdict }, T0 + now).do).toBe(what);
  });

  it('not at once: each try waits twice as long as the one before, half a minute at most', () => {
    let action = undoing();
    const due = (now = T0) => undoDueAt(action, BACK, now) - T0;
    const waits = [due()];
    for (let n = 0; n < 6; n++) {
      action = undoing([], undoPlanned(action, request(BACK.description), T0));
      waits.push(due());
    }
    expect(waits.map((ms) => ms / SECOND)).toEqual([-T0 / SECOND, 2, 4, 8, 16, 30, 30]);
    // The process before had a clock that is an hour ahead.
    expect(due(T0 - 60 * MINUTE)).toBe(-T0);
  });

  it('requests of other inverses are no tries of this one', () => {
    const action = undoing(Array.from({ length: 9 }, () => request('something else')));
    expect(tryUndo(action, { inverse: BACK, verdict: ALLOW }, T0 + 10 * MINUTE).do).toBe('send');
  });

  it('says which change stands, and why', () => {
    const late = tryUndo(tried(UNDO_TRIES), { inverse: BACK, verdict: ALLOW }, T0 + UNDO_MS + 1);
    expect(late).toMatchObject({
      status: { message: `ill; NOT taken back: ${BACK.description}: it was refused for 2m` },
    });
    const refused = tryUndo(tried(0), { inverse: BACK, verdict: refuse('Protected', 'it bears the label') }, T0);
    expect(refused).toMatchObject({
      status: { message: `ill; NOT taken back: ${BACK.description}: it bears the label` },
    });
  });
});

describe('the status of an undo', () => {
  it('has each request before it leaves, the newest sixteen', () => {
    let action = undoing();
    for (let n = 0; n < 20; n++) action = undoing([], undoPlanned(action, request(`try ${n}`), T0));
    const requests = action.status.undo?.requests ?? [];
    expect([requests.length, requests.at(-1)?.description]).toEqual([16, 'try 19']);
  });

  it('ends with the reason for which it was begun', () => {
    const ended = undone(undoing(), { state: 'Done', message: 'back to 2' }, T0 + MINUTE);
    expect(ended).toMatchObject({
      phase: 'Failed',
      reason: 'NotVerified',
      completionTime: toMicroTime(T0 + MINUTE),
      undo: { state: 'Done', message: 'back to 2' },
    });
  });
});

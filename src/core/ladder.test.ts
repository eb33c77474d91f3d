import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, policyOf, running, SECOND, T0, WEB } from '../../test/kit/core-data.ts';
import type { PastAction } from './history.ts';
import { CANCELLED_PAUSE_MS, type LadderInput, nextRung, type Rung } from './ladder.ts';

const START = T0;
const NOW = T0 + 30 * MINUTE;
const policy = policyOf({
  actions: [
    { name: 'gently', type: 'restart', priority: 10, kinds: ['Deployment'] },
    { name: 'first', type: 'restart', priority: 90, kinds: ['Deployment'] },
    { name: 'pods', type: 'restart', priority: 99, kinds: ['Pod'] },
    { name: 'other', type: 'restart', priority: 99, triggers: ['another'] },
  ],
  triggers: ['looping', 'another'].map((name) => ({
    name,
    type: 'condition',
    conditionTrigger: { type: 'CrashLoopBackOff', status: 'True' },
  })),
});
const climb = (history: readonly PastAction[], change: Partial<LadderInput> = {}): Rung =>
  nextRung({
    policy,
    target: WEB,
    chain: [],
    firing: ['looping'],
    episodeStart: START,
    step: 0,
    history,
    dryRun: 'none',
    now: NOW,
    ...change,
  });
const tried = (template: string, change: Partial<PastAction> = {}) =>
  past({ uid: template, template, targetUid: WEB.uid, rootUid: WEB.uid, episodeStart: START, completedAt: T0 + 10 * MINUTE, ...change });
const nameOf = (rung: Rung): string => (rung.kind === 'next' ? `${rung.action.name} ${rung.step}` : rung.kind);

describe('the next rung', () => {
  it.each<[string, readonly PastAction[], string]>([
    ['is the action of highest priority that fits trigger and kind', [], 'first 0'],
    ['is the next one after that was tried', [tried('first')], 'gently 1'],
    ['is the next one after a failure', [tried('first', { phase: 'Failed' })], 'gently 1'],
    [
      'is the next one when a person declined the first',
      [tried('first', { phase: 'Cancelled', executed: false, declined: true })],
      'gently 1',
    ],
    ['is the same one after a dry run of it', [tried('first', { dryRun: true, executed: false })], 'first 1'],
    ['is none when all were tried', [tried('first'), tried('gently')], 'exhausted'],
    ['waits for the one in flight', [running({ targetUid: WEB.uid, template: 'first' })], 'inFlight'],
    ["does not count another policy's", [tried('first', { policyUid: 'another' })], 'first 0'],
    ["does not count another target's", [tried('first', { targetUid: 'x', rootUid: 'x' })], 'first 0'],
    ["does not count an earlier episode's success", [tried('first', { episodeStart: START - HOUR })], 'first 0'],
    [
      'is the same one, under a new name, after it was withdrawn',
      [tried('first', { phase: 'Cancelled', executed: false, withdrawn: true })],
      'first 1',
    ],
    [
      'pauses after a withdrawal',
      [tried('first', { phase: 'Cancelled', executed: false, withdrawn: true, completedAt: NOW - 1 })],
      'pause',
    ],
    [
      'pauses after the newest withdrawal, in whatever order they are listed',
      [
        tried('first', { uid: 'b', phase: 'Cancelled', executed: false, withdrawn: true, completedAt: NOW - SECOND }),
        tried('first', { uid: 'a', phase: 'Cancelled', executed: false, withdrawn: true, completedAt: NOW - 5 * MINUTE }),
      ],
      'pause',
    ],
    [
      'goes on after the pause',
      [tried('first', { phase: 'Cancelled', executed: false, withdrawn: true, completedAt: NOW - CANCELLED_PAUSE_MS })],
      'first 1',
    ],
  ])('%s', (_title, history, rung) => {
    expect(nameOf(climb(history))).toBe(rung);
  });

  it('is none when no action answers what fires', () => {
    expect(climb([], { firing: ['looping'], target: { ...WEB, kind: 'Gadget' } })).toEqual({
      kind: 'none',
      message: 'no action of the policy answers looping for kind Gadget',
    });
  });

  it('never takes an ordinal twice, even when old actions were collected', () => {
    expect(nameOf(climb([], { step: 7 }))).toBe('first 7');
  });

  it('answers every trigger that fires', () => {
    expect(nameOf(climb([], { firing: ['looping', 'another'] }))).toBe('other 0');
  });

  it.each<[string, Partial<PastAction>, string]>([
    ['goes on where a failure ended shortly before', { phase: 'Failed', completedAt: START - MINUTE }, 'gently 0'],
    ['begins at the foot after the cool-down', { phase: 'Failed', completedAt: START - 5 * MINUTE - 1 }, 'first 0'],
    ['begins at the foot after a failure that did nothing', { phase: 'Failed', executed: false, completedAt: START - MINUTE }, 'first 0'],
    [
      'goes on when the same trouble is on a sibling under the same root',
      { phase: 'Failed', completedAt: START - MINUTE, targetUid: 'gone' },
      'gently 0',
    ],
  ])('a new episode %s', (_title, change, rung) => {
    expect(nameOf(climb([tried('first', { episodeStart: START - HOUR, ...change })]))).toBe(rung);
  });
});

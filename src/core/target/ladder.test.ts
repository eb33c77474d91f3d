import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, policyOf, running, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import type { PastAction, Unsent } from '../history.ts';
import { type LadderInput, nextRung, type Rung } from './ladder.ts';

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
  past({
    uid: template,
    template,
    targetUid: WEB.uid,
    rootUid: WEB.uid,
    episodeStart: START,
    completedAt: T0 + 10 * MINUTE,
    ...change,
  });
/** It ended with nothing sent. */
const unsent = (template: string, how: Unsent['how'], change: Partial<PastAction> = {}) =>
  tried(template, {
    phase: how === 'hindered' ? 'Failed' : 'Cancelled',
    executed: false,
    ended: 'Forbidden',
    unsent: { how, why: 'no right' },
    ...change,
  });
/** It helped in an episode that began so long before. */
const again = (quarters: number) => {
  const at = START - quarters * 15 * MINUTE;
  return tried('first', { uid: `a-${quarters}`, episodeStart: at, lastAttemptAt: at, completedAt: at + MINUTE });
};
const nameOf = (rung: Rung): string =>
  rung.kind === 'next' ? `${rung.action.name} ${rung.step}` : rung.kind === 'stopped' ? rung.reason : rung.kind;

describe('the next rung', () => {
  it.each<[string, readonly PastAction[], string]>([
    ['is the action of highest priority that fits trigger and kind', [], 'first 0'],
    ['is the next one after that was tried', [tried('first')], 'gently 1'],
    ['is the next one after a failure', [tried('first', { phase: 'Failed' })], 'gently 1'],
    ['is the next one when a person declined the first', [unsent('first', 'rejected')], 'gently 1'],
    ['is the same one after a dry run of it', [tried('first', { dryRun: true, executed: false })], 'first 1'],
    ['is none when all were tried', [tried('first'), tried('gently')], 'Exhausted'],
    [
      'is none after one that made things worse (I7)',
      [tried('first', { phase: 'Failed', ended: 'MadeWorse' })],
      'MadeWorse',
    ],
    ['is none once three episodes ended alike', [again(1), again(2), again(3)], 'Oscillating'],
    ['is the same one after two', [again(1), again(2)], 'first 0'],
    ['waits for the one in flight', [running({ targetUid: WEB.uid, template: 'first' })], 'inFlight'],
    ["does not count another policy's", [tried('first', { policyUid: 'another' })], 'first 0'],
    ["does not count another target's", [tried('first', { targetUid: 'x', rootUid: 'x' })], 'first 0'],
    ["does not count an earlier episode's success", [tried('first', { episodeStart: START - HOUR })], 'first 0'],
    ['is the same one, under a new name, after it was withdrawn', [unsent('first', 'withdrawn')], 'first 1'],
    ['pauses after a withdrawal', [unsent('first', 'withdrawn', { completedAt: NOW - 1 })], 'pause'],
    [
      'pauses after the newest withdrawal, in whatever order they are listed',
      [
        unsent('first', 'withdrawn', { uid: 'b', completedAt: NOW - SECOND }),
        unsent('first', 'withdrawn', { uid: 'a', completedAt: NOW - 5 * MINUTE }),
      ],
      'pause',
    ],
    ['goes on after the pause', [unsent('first', 'withdrawn', { completedAt: NOW - 33 * SECOND })], 'first 1'],
    [
      'pauses for twice as long after the second withdrawal',
      [
        unsent('first', 'withdrawn', { uid: 'a', completedAt: NOW - 5 * MINUTE }),
        unsent('first', 'withdrawn', { uid: 'b', completedAt: NOW - 59 * SECOND }),
      ],
      'pause',
    ],
    [
      'pauses for an hour at the longest',
      Array.from({ length: 40 }, (_, i) => unsent('first', 'withdrawn', { uid: `${i}`, completedAt: NOW - HOUR })),
      'first 40',
    ],
    [
      'is the next one while one that could not be done pauses',
      [unsent('first', 'hindered', { completedAt: NOW - SECOND })],
      'gently 1',
    ],
    ['is the one that could not be done, after its pause', [unsent('first', 'hindered')], 'first 1'],
    [
      'is the one that could not be done once the others were tried: it was not',
      [unsent('first', 'hindered'), tried('gently')],
      'first 2',
    ],
    [
      'waits for the one that could not be done when the others were tried',
      [unsent('first', 'hindered', { completedAt: NOW - SECOND }), tried('gently')],
      'pause',
    ],
    ['is none when one was rejected and the other tried', [unsent('first', 'rejected'), tried('gently')], 'Exhausted'],
  ])('%s', (_title, history, rung) => {
    expect(nameOf(climb(history))).toBe(rung);
  });

  it('is none when no action answers what fires', () => {
    expect(climb([], { firing: ['looping'], target: { ...WEB, kind: 'Gadget' } })).toEqual({
      kind: 'none',
      message: 'no action of the policy answers looping for kind Gadget',
    });
  });

  it('that is waited for says what stood in the way', () => {
    const twice = [NOW - 10 * MINUTE, NOW - SECOND].map((completedAt, i) =>
      unsent('first', 'hindered', { uid: `${i}`, completedAt }),
    );
    expect(climb([...twice, tried('gently')])).toMatchObject({
      kind: 'pause',
      message: 'action first (shop/web-1) ended with nothing sent, 2 times so far (Forbidden): no right',
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
    [
      'goes no higher after harm shortly before (I7)',
      { phase: 'Failed', ended: 'MadeWorse', completedAt: START - MINUTE },
      'MadeWorse',
    ],
    [
      'begins at the foot after a failure that did nothing',
      { phase: 'Failed', executed: false, completedAt: START - MINUTE },
      'first 0',
    ],
    [
      'goes on when the same trouble is on a sibling under the same root',
      { phase: 'Failed', completedAt: START - MINUTE, targetUid: 'gone' },
      'gently 0',
    ],
  ])('a new episode %s', (_title, change, rung) => {
    expect(nameOf(climb([tried('first', { episodeStart: START - HOUR, ...change })]))).toBe(rung);
  });

  it('goes on over any number of episodes that each began within the cool-down of the one before', () => {
    const failed = (template: string, minute: number, began: number) =>
      tried(template, { phase: 'Failed', completedAt: START + minute * MINUTE, episodeStart: START + began * MINUTE });
    const third = { episodeStart: START + 12 * MINUTE };
    expect(nameOf(climb([failed('first', 1, 0), failed('gently', 8, 1.5)], third))).toBe('Exhausted');
    // The second began ten minutes after the first had failed.
    expect(nameOf(climb([failed('first', -9, -10), failed('gently', 8, 1.5)], third))).toBe('first 0');
  });

  it('that is none says what was done, and what a person can do about it', () => {
    const say = (history: readonly PastAction[]) => {
      const rung = climb(history);
      return rung.kind === 'stopped' ? rung.message : rung.kind;
    };
    expect(say([tried('first'), tried('gently')])).toBe(
      '2 actions of policy shop/p were tried on Deployment shop/web and it still fails; a person has to look',
    );
    expect(say([unsent('first', 'rejected'), tried('gently')])).toBe(
      '1 action of policy shop/p was tried on Deployment shop/web and it still fails; ' +
        'action first (shop/web-1) was not carried out: no right; a person has to look',
    );
    expect(say([unsent('first', 'rejected'), unsent('gently', 'rejected')])).toContain(
      'no action of policy shop/p was tried on Deployment shop/web; action first',
    );
    expect(say([tried('first', { phase: 'Failed', ended: 'MadeWorse', name: 'web-7' })])).toBe(
      'action first (shop/web-7) left Deployment shop/web worse than it was; no other is tried on top of that, a person has to look',
    );
    expect(say([again(1), again(2), again(3)])).toBe(
      'action first was done 3 times on Deployment shop/web since 2025-12-31T23:16:00Z, helped each time and the trouble came back; ' +
        'it does not cure the cause, a person has to look; an episode that begins after 2026-01-01T00:16:00Z is healed again',
    );
    const failed = [again(1), again(2), again(3)].map((action) => ({ ...action, phase: 'Failed' as const }));
    expect(say(failed)).toContain('failed each time');
    const other = (quarters: number) => ({ ...again(quarters), template: 'down', policyUid: 'another' });
    expect(say([again(4 - 0.1), other(3), again(2), other(1)])).toBe(
      'actions first and down have alternated on Deployment shop/web since 2025-12-31T23:02:30Z, each answering the other; ' +
        'set their triggers further apart, or take one away; an episode that begins after 2026-01-01T00:02:30Z is healed again',
    );
  });
});

describe('the order of the ladder', () => {
  const ladder = [
    { name: 'restart', type: 'restart', priority: 90 },
    { name: 'tell', type: 'notify', priority: 50, notifyAction: { channels: ['chat'], message: 'look' } },
    { name: 'back', type: 'rollback', priority: 10 },
  ];
  const byCause = policyOf({ actions: ladder, analysis: { order: 'cause' } });
  const root = { kind: 'Deployment', namespace: 'shop', name: 'web' };
  const analysis = { at: T0, causes: [{ cause: 'ImageMissing', root, confidence: 'certain' } as const] };
  const names = (change: Partial<LadderInput>): readonly string[] => {
    const climbed: string[] = [];
    for (let step = 0; step < ladder.length; step++) {
      const rung = climb(
        climbed.map((name) => tried(name, { phase: 'Failed' })),
        change,
      );
      if (rung.kind === 'next') climbed.push(rung.action.name);
    }
    return climbed;
  };

  it('is that of the priorities, whatever the cause', () => {
    const policyWith = policyOf({ actions: ladder });
    expect(names({ policy: policyWith, analysis })).toEqual(['restart', 'tell', 'back']);
  });

  it('begins with what helps and ends with what cannot, where the policy lets it', () => {
    expect(names({ policy: byCause, analysis })).toEqual(['back', 'tell', 'restart']);
  });

  it('is that of the priorities where nothing is known of the cause', () => {
    expect(names({ policy: byCause })).toEqual(['restart', 'tell', 'back']);
    expect(names({ policy: byCause, analysis: { at: T0, causes: [] } })).toEqual(['restart', 'tell', 'back']);
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, running, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { PastAction } from '../history.ts';
import { oscillationOf, oscillationWindow, outcomesOn } from './oscillation.ts';

/** Outcomes in their order: a letter for the action, capital when it succeeded. */
const play = (letters: string): readonly PastAction[] =>
  Array.from(letters, (letter, i) =>
    past({
      uid: `u${i}`,
      template: letter.toLowerCase(),
      phase: letter === letter.toLowerCase() ? 'Failed' : 'Succeeded',
      completedAt: T0 + i * MINUTE,
    }),
  );
const next = (template: string, policyUid = 'policy-uid') => ({ template, policyUid });

describe('healing goes in a circle', () => {
  it.each<[string, string, string, 'identical' | 'alternating' | undefined]>([
    ['when one action helped three times', 'AAA', 'a', 'identical'],
    ['when one action failed three times', 'aaa', 'a', 'identical'],
    ['when the last three are alike', 'BaAAA', 'a', 'identical'],
    ['when two alternate', 'AbAb', 'a', 'alternating'],
    ['whatever became of each', 'ABab', 'b', 'alternating'],
    ['not after two', 'AA', 'a', undefined],
    ['not when the results differ: it helped at last', 'aaA', 'a', undefined],
    ['not after three of an alternation', 'ABA', 'b', undefined],
    ['not when another came in between', 'ABCAB', 'c', undefined],
    ['not when another action is next', 'AAA', 'b', undefined],
    ['not when a third one is next', 'ABAB', 'c', undefined],
    ['not at first', '', 'a', undefined],
  ])('%s', (_title, letters, template, kind) => {
    expect(oscillationOf(play(letters), next(template))?.kind).toBe(kind);
  });

  it('between two policies, and not when two happen to name their actions alike', () => {
    const of = (letters: string) =>
      play(letters).map((one, i) => (i % 2 === 0 ? one : { ...one, policyUid: 'another' }));
    expect(oscillationOf(of('ABAB'), next('b', 'another'))).toMatchObject({
      kind: 'alternating',
      templates: ['a', 'b'],
    });
    expect(oscillationOf(of('ABAB'), next('b'))).toBeUndefined();
    expect(oscillationOf(of('AAA'), next('a'))).toBeUndefined();
  });

  it('whatever was done before the last four', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[abAB]{0,12}$/), (before) => {
        expect(oscillationOf(play(`${before}ABAB`), next('a'))?.kind).toBe('alternating');
        expect(oscillationOf(play(`${before}AAA`), next('a'))?.kind).toBe('identical');
      }),
    );
  });
});

describe('what was done to a target', () => {
  const on = { targetUid: 'p', rootUid: 'd', namespace: 'shop', createdAt: T0, since: T0 - HOUR };
  const before = { lastAttemptAt: T0 - MINUTE, completedAt: T0 - 30 * SECOND };
  it.each<[string, PastAction, 'counts' | 'does not count']>([
    ['an action on it', past({ targetUid: 'p' }), 'counts'],
    ['one that failed', past({ targetUid: 'p', phase: 'Failed' }), 'counts'],
    ['the eviction of the pod that it came in place of', past({ rootUid: 'd', ...before }), 'counts'],
    ['the same within the second of its creation', past({ rootUid: 'd', lastAttemptAt: T0 + 900 }), 'counts'],
    [
      'the eviction of a sibling since',
      past({ rootUid: 'd', lastAttemptAt: T0 + MINUTE, completedAt: T0 + HOUR }),
      'does not count',
    ],
    [
      'the eviction of a pod of another namespace that names the same owner',
      past({ rootUid: 'd', targetNamespace: 'team-b', ...before }),
      'does not count',
    ],
    ['an action on something else', past({ targetUid: 'q', rootUid: 'e' }), 'does not count'],
    ['one that is too long ago', past({ targetUid: 'p', completedAt: T0 - HOUR }), 'does not count'],
    ['one in flight', running({ targetUid: 'p' }), 'does not count'],
    ['one that sent nothing', past({ targetUid: 'p', executed: false }), 'does not count'],
    ['a notification, which heals nothing', past({ targetUid: 'p', ended: 'Delivered' }), 'does not count'],
  ])('%s', (_title, action, wanted) => {
    expect(outcomesOn([action], on)).toHaveLength(wanted === 'counts' ? 1 : 0);
  });

  it('is told oldest first', () => {
    const outcomes = [2, 0, 1].map((i) => past({ uid: `u${i}`, targetUid: 'p', completedAt: T0 + i }));
    expect(outcomesOn(outcomes, on).map(({ uid }) => uid)).toEqual(['u0', 'u1', 'u2']);
  });

  it('is looked at for an hour, and longer where cool-downs are long', () => {
    expect([oscillationWindow(5 * MINUTE), oscillationWindow(HOUR)]).toEqual([HOUR, 8 * HOUR]);
  });
});

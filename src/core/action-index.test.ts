import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, running, SECOND, T0, WEB } from '../../test/kit/core-data.ts';
import { anyEvaluationInput, anyPast } from '../../test/kit/random-inputs.ts';
import { given, ifGiven } from '../std/given.ts';
import { aboutBoth, ActionIndex, type Concern } from './action-index.ts';
import { rootUid } from './gates/proposal.ts';
import { breakerOf, type PastAction } from './history.ts';
import { evaluateTarget } from './target/evaluate-target.ts';

const POLICY = { uid: 'policy-uid', namespace: 'shop', name: 'p' };
const ON_WEB: Concern = { targetUid: WEB.uid, rootUid: WEB.uid, namespace: 'shop', policy: POLICY };
const NOW = { now: T0, leapMs: 0 };

function indexOf(actions: Iterable<PastAction>): ActionIndex {
  const index = new ActionIndex();
  for (const action of actions) index.put(action);
  return index;
}
const uids = (actions: Iterable<PastAction>) => [...actions].map(({ uid }) => uid).toSorted();

/** Of two that cannot be told apart otherwise the one that is listed first is told. */
const inOrder = (actions: readonly PastAction[]) =>
  actions.toSorted((a, b) => a.createdAt - b.createdAt || (a.uid < b.uid ? -1 : 1));

/** Older than the random inputs have them. */
const older = fc.tuple(anyPast, fc.nat(30 * 60)).map(([action, minutes]): PastAction => {
  const { createdAt, completedAt, lastAttemptAt } = action;
  const shifted = (at: number | undefined) => ifGiven(at, (then) => then - minutes * MINUTE);
  return {
    ...action,
    createdAt: createdAt - minutes * MINUTE,
    ...given({ completedAt: shifted(completedAt), lastAttemptAt: shifted(lastAttemptAt) }),
  };
});

describe('what the index says about a target', () => {
  it('leads to the same decision as all of history', () => {
    fc.assert(
      fc.property(anyEvaluationInput, fc.array(older, { maxLength: 60 }), (input, more) => {
        const { facts, policy } = input;
        const history = inOrder([...new Map([...more, ...facts.history].map((one) => [one.uid, one])).values()]);
        const { target, chain } = facts;
        const of = { targetUid: target.uid, rootUid: rootUid(target, chain), namespace: target.namespace, policy };
        const about = [...indexOf(history).about(of, T0)];
        const decided = (known: readonly PastAction[]) =>
          evaluateTarget({ ...input, facts: { ...facts, history: known } }, T0);
        expect(decided(about)).toEqual(decided(history));
      }),
      { numRuns: 600 },
    );
  });

  it('tells the state of the breaker, however long the policy has failed and succeeded (I21)', () => {
    const outcome = fc.record({
      phase: fc.constantFrom('Failed' as const, 'Failed' as const, 'Succeeded' as const),
      after: fc.constantFrom(0, SECOND, MINUTE, 4 * MINUTE, 6 * MINUTE, HOUR),
    });
    fc.assert(
      fc.property(fc.array(outcome, { maxLength: 40 }), fc.constantFrom(0, MINUTE, 6 * MINUTE), (outcomes, later) => {
        let at = T0 - 100 * HOUR;
        const actions = outcomes.map(({ phase, after }, n) => {
          at += after;
          return past({ uid: `a-${n}`, phase, createdAt: at, lastAttemptAt: at, completedAt: at });
        });
        const about = [...indexOf(actions).about(ON_WEB, T0 + 100 * HOUR)];
        expect(breakerOf(about, at + later)).toEqual(breakerOf(actions, at + later));
      }),
      { numRuns: 600 },
    );
  });

  it('has what was done to other parts of the workload, however long ago, and in its namespace alone (I39)', () => {
    const old = {
      targetUid: 'sibling',
      rootUid: WEB.uid,
      policyUid: 'x',
      completedAt: T0 - 9 * HOUR,
      lastAttemptAt: T0 - 9 * HOUR,
    };
    const here = past({ uid: 'here', createdAt: T0 - 9 * HOUR, ...old });
    const elsewhere = { ...here, uid: 'elsewhere', targetNamespace: 'other' };
    expect(uids(indexOf([here, elsewhere]).about(ON_WEB, T0))).toEqual(['here']);
  });

  it('has no more of the outcomes of a policy that goes on succeeding than those of some minutes', () => {
    const often = Array.from({ length: 2000 }, (_, n) => {
      const at = T0 - 2 * HOUR - n * 12 * SECOND;
      return past({ uid: `o-${n}`, createdAt: at, lastAttemptAt: at, completedAt: at });
    });
    expect(indexOf(often).about(ON_WEB, T0).size).toBeLessThan(30);
  });

  it('does not grow with what was done elsewhere, longer ago than limits look back', () => {
    const elsewhere = Array.from({ length: 2000 }, (_, n) => {
      const at = T0 - 2 * HOUR - n * SECOND;
      return past({
        uid: `e-${n}`,
        policyUid: 'x',
        targetUid: `t-${n}`,
        rootUid: `t-${n}`,
        createdAt: at,
        lastAttemptAt: at,
        completedAt: at,
      });
    });
    const own = past({ uid: 'own', targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 - 20 * HOUR });
    expect(uids(indexOf([...elsewhere, own]).about(ON_WEB, T0))).toEqual(['own']);
    // The clock was set forward: what is longer ago by it is not longer ago.
    expect(indexOf(elsewhere).about(ON_WEB, T0, HOUR + 10 * MINUTE).size).toBe(600);
  });
});

describe('the index', () => {
  it('forgets what is gone, and holds each action as it was last seen', () => {
    const index = indexOf([running({ uid: 'a' }), running({ uid: 'b' })]);
    index.put(past({ uid: 'a' }));
    index.delete('b');
    index.delete('never seen');
    expect([uids(index.values()), uids(index.unfinished()), index.has('b')]).toEqual([['a'], [], false]);
    expect(index.taken('policy-uid', T0 - 1)).toMatchObject({ count: 1, newest: { uid: 'a' } });
    index.delete('a');
    expect([
      uids(index.ofPolicy('policy-uid')),
      uids(index.onTarget('other-uid')),
      index.about(ON_WEB, T0).size,
    ]).toEqual([[], [], 0]);
  });

  it('lets an action that is there speak for itself, and one that is gone by the ledger', () => {
    const there = indexOf([running({ uid: 'a' })]);
    const gone = indexOf([past({ uid: 'a' }), past({ uid: 'b' })]);
    const about = aboutBoth({ there, gone }, ON_WEB, NOW);
    expect(about.map(({ uid, phase }) => [uid, phase])).toEqual([
      ['a', 'InProgress'],
      ['b', 'Succeeded'],
    ]);
  });
});

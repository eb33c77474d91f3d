import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, proposal, judgedPolicy, running, T0 } from '../../test/kit/core-data.ts';
import { rateLimited } from './gates/rate-limited.ts';
import {
  type Breaker,
  BREAKER_FAILURES,
  BREAKER_OPEN_MS,
  breakerOf,
  countInLastHour,
  isActive,
  lastEffectAt,
  lastFinishedOn,
  type PastAction,
} from './history.ts';

const { lastAttemptAt: _unrecorded, ...unrecorded } = past({ completedAt: T0 + 9 });

describe('when an action last changed something', () => {
  it.each<[string, PastAction, number | undefined]>([
    ['executed: at its last attempt', past({ lastAttemptAt: T0 + 5, completedAt: T0 + 9 }), T0 + 5],
    ['executed, attempt not recorded: when it ended', unrecorded, T0 + 9],
    ['in flight: it may do so at any time', running(), Number.POSITIVE_INFINITY],
    ['ended without a request: never', past({ phase: 'Cancelled', executed: false }), undefined],
    ['a dry run: never', past({ dryRun: true }), undefined],
    ['a dry run in flight: never', running({ dryRun: true }), undefined],
  ])('%s', (_title, action, at) => {
    expect(lastEffectAt(action)).toBe(at);
  });

  it('a dry run takes part in no budget', () => {
    expect([isActive(running()), isActive(running({ dryRun: true })), isActive(past())]).toEqual([true, false, false]);
  });
});

describe('the sliding hour', () => {
  it.each<[string, readonly PastAction[], number, number]>([
    ['is empty at first', [], 0, Number.POSITIVE_INFINITY],
    ['counts up to its last millisecond', [past({ lastAttemptAt: T0 - HOUR + 1 })], 1, T0 + 1],
    [
      'lets go of what is an hour old',
      [past({ lastAttemptAt: T0 - HOUR, createdAt: T0 - HOUR })],
      0,
      Number.POSITIVE_INFINITY,
    ],
    [
      'is freed by the oldest in it',
      [past({ lastAttemptAt: T0 - 1 }), past({ lastAttemptAt: T0 - 9 })],
      2,
      T0 - 9 + HOUR,
    ],
    ['counts what is in flight, which frees nothing', [running()], 1, Number.POSITIVE_INFINITY],
    [
      'counts what a clock that was set back left in the future',
      [past({ lastAttemptAt: T0 + HOUR })],
      1,
      T0 + 2 * HOUR,
    ],
  ])('%s', (_title, given, count, freeAt) => {
    const actions = given.map((action) => ({
      ...action,
      createdAt: Math.min(action.createdAt, action.lastAttemptAt ?? action.createdAt),
    }));
    expect(countInLastHour(actions, T0)).toEqual({ count, freeAt });
  });

  it('in every sliding hour no more is done than the limit, whenever it is asked for (I18)', () => {
    const asks = fc.array(fc.integer({ min: 0, max: 20 * MINUTE }), { maxLength: 60 });
    fc.assert(
      fc.property(asks, fc.integer({ min: 1, max: 6 }), (gaps, max) => {
        const policy = judgedPolicy({}, { maxActionsPerHour: max });
        const history: PastAction[] = [];
        let now = T0;
        for (const gap of gaps) {
          now += gap;
          const verdict = rateLimited.check(proposal({ policy, history }), now);
          if (verdict.allow)
            history.push(
              past({ uid: `a-${history.length}`, createdAt: now, lastAttemptAt: now, completedAt: now + MINUTE }),
            );
          else expect(verdict.retryAt).toBeGreaterThan(now);
        }
        for (const { createdAt: end } of history) {
          expect(
            history.filter(({ createdAt }) => createdAt > end - HOUR && createdAt <= end).length,
          ).toBeLessThanOrEqual(max);
        }
      }),
    );
  });

  it('a refusal lasts until the instant it names and no longer', () => {
    const ages = fc.array(fc.integer({ min: 1, max: HOUR - 1 }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(ages, (list) => {
        const history = list.map((age, i) => past({ uid: `a-${i}`, createdAt: T0 - age, lastAttemptAt: T0 - age }));
        const asked = proposal({
          policy: judgedPolicy({}, { maxActionsPerHour: new Set(list).size === list.length ? list.length : 100 }),
          history,
        });
        const verdict = rateLimited.check(asked, T0);
        if (verdict.allow) return;
        const at = verdict.retryAt ?? 0;
        expect([rateLimited.check(asked, at - 1).allow, rateLimited.check(asked, at).allow]).toEqual([false, true]);
      }),
    );
  });
});

describe('the last action on a workload', () => {
  const of = { rootUid: 'root', targetUid: 'pod', namespace: 'shop' };
  it.each<[string, readonly PastAction[], string | undefined]>([
    ['none at first', [], undefined],
    ['on the target itself', [past({ uid: 'x', targetUid: 'pod' })], 'x'],
    [
      "on a sibling under the same root, whoever's policy it was",
      [past({ uid: 'x', rootUid: 'root', policyUid: 'another' })],
      'x',
    ],
    ['elsewhere does not count', [past({ uid: 'x' })], undefined],
    [
      'on a pod of another namespace that names this workload as its owner does not count (I39)',
      [past({ uid: 'x', rootUid: 'root', targetNamespace: 'team-b' })],
      undefined,
    ],
    [
      'the newest, in whatever order they are listed',
      [past({ uid: 'new', targetUid: 'pod', completedAt: T0 + 2 }), past({ uid: 'old', targetUid: 'pod' })],
      'new',
    ],
    ['what is in flight has not finished', [running({ targetUid: 'pod' })], undefined],
    ['what did nothing does not count', [past({ targetUid: 'pod', executed: false, phase: 'Cancelled' })], undefined],
  ])('%s', (_title, actions, uid) => {
    expect(lastFinishedOn(actions, of)?.uid).toBe(uid);
  });
});

/** `F` failed, `S` succeeded, `.` a minute passes, `|` the breaker's time passes. */
function outcomes(script: string): { readonly actions: readonly PastAction[]; readonly now: number } {
  const actions: PastAction[] = [];
  let now = T0;
  for (const sign of script) {
    now += sign === '|' ? BREAKER_OPEN_MS : sign === '.' ? MINUTE : 1;
    if (sign === 'F' || sign === 'S')
      actions.push(
        past({ uid: `a-${actions.length}`, phase: sign === 'F' ? 'Failed' : 'Succeeded', completedAt: now }),
      );
  }
  return { actions, now };
}

describe('the breaker', () => {
  it.each<[string, string, Breaker['state']]>([
    ['is closed at first', '', 'closed'],
    ['stays closed for four failures', 'FFFF', 'closed'],
    ['opens at the fifth', 'FFFFF', 'open'],
    ['counts failures in a row only', 'FFFFSFFFF', 'closed'],
    ['stays open for five minutes', 'FFFFF....', 'open'],
    ['lets one try after that', 'FFFFF|', 'half-open'],
    ['opens again when that one fails', 'FFFFF|F', 'open'],
    ['one success does not close it', 'FFFFF|S', 'half-open'],
    ['two do', 'FFFFF|SS', 'closed'],
    ['a failure after one success opens it again', 'FFFFF|SF', 'open'],
    ['a success that was under way when it opened does not close it', 'FFFFFS', 'open'],
    ['a failure that was under way keeps it open for longer', 'FFFFF...F...', 'open'],
    ['starts from nothing once closed', 'FFFFF|SSFFFF', 'closed'],
  ])('%s: %s', (_title, script, state) => {
    const { actions, now } = outcomes(script);
    expect(breakerOf(actions, now).state).toBe(state);
  });

  it('says until when', () => {
    const { actions, now } = outcomes('FFFFF');
    expect(breakerOf(actions, now)).toEqual({
      state: 'open',
      until: now + BREAKER_OPEN_MS,
      failures: BREAKER_FAILURES,
    });
  });

  it('is fed by executed outcomes alone (I21)', () => {
    const failures = outcomes('FFFFF').actions;
    const idle: readonly Partial<PastAction>[] = [
      { executed: false },
      { dryRun: true },
      { phase: 'Cancelled' },
      { phase: 'InProgress' },
    ];
    for (const change of idle) {
      const actions = failures.map((action) => ({ ...action, ...change }));
      expect(breakerOf(actions, T0 + MINUTE)).toEqual({ state: 'closed', failures: 0 });
    }
  });

  it('means the same in whatever order the actions are listed, even when some ended in the same instant', () => {
    const list = fc.array(
      fc.record({
        phase: fc.constantFrom('Failed' as const, 'Succeeded' as const),
        at: fc.integer({ min: 0, max: 8 }),
      }),
      {
        maxLength: 14,
      },
    );
    fc.assert(
      fc.property(list, fc.infiniteStream(fc.nat()), (ends, order) => {
        const actions = ends.map(({ phase, at }, i) => past({ uid: `a-${i}`, phase, completedAt: T0 + at * MINUTE }));
        const shuffled = actions
          .map((action) => ({ action, key: order.next().value as number }))
          .toSorted((a, b) => a.key - b.key)
          .map(({ action }) => action);
        expect(breakerOf(shuffled, T0 + HOUR)).toEqual(breakerOf(actions, T0 + HOUR));
      }),
    );
  });
});

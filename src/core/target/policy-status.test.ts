import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, policyOf, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import {
  MAX_BLOCKED,
  MAX_EPISODES,
  MAX_FIRING_TARGETS,
  type PolicyStatus,
  policyStatusSchema,
} from '../../api/policy-status.ts';
import { toMicroTime, toTimestamp } from '../../std/clock.ts';
import { type Decision, HEALTHY, type TargetState } from './evaluate-target.ts';
import {
  isPersisted,
  policyStatus,
  restoredState,
  saysTheSame,
  type StatusInput,
  type TargetView,
} from './policy-status.ts';

const firing: TargetState = {
  triggers: { looping: { state: 'firing', since: T0, firingSince: T0 + MINUTE, detail: 'x', value: 4 } },
  startedAt: T0,
  step: 2,
  exhausted: false,
};
const pending: TargetState = {
  triggers: { looping: { state: 'pending', since: T0, detail: 'x' } },
  startedAt: T0,
  step: 0,
  exhausted: false,
};
const view = (name: string, state: TargetState, decision: Decision = { kind: 'nothing' }): TargetView => ({
  ref: { ...WEB, name, uid: `uid-${name}` },
  state,
  standing: state === HEALTHY ? 'healthy' : 'unhealthy',
  decision,
});
const blocked: Decision = {
  kind: 'blocked',
  action: 'restart',
  reason: 'RateLimited',
  message: '1 of 1',
  until: T0 + HOUR,
};
const status = (targets: readonly TargetView[], change: Partial<StatusInput> = {}): PolicyStatus =>
  policyStatus(
    {
      generation: 3,
      policy: policyOf(),
      problems: [],
      targets,
      previous: {},
      massFailure: undefined,
      metrics: [],
      actionsTaken: 0,
      lastActionTime: undefined,
      ...change,
    },
    T0,
  );
const many = (count: number, state: TargetState, decision?: Decision) =>
  Array.from({ length: count }, (_, i) => view(`t${String(i).padStart(4, '0')}`, state, decision));

describe('the status of a policy', () => {
  it('counts targets and names what fires', () => {
    expect(status([view('a', firing), view('b', pending), view('c', HEALTHY)])).toMatchObject({
      observedGeneration: 3,
      targets: { matched: 3, unhealthy: 2, unknown: 0 },
      activeTriggers: ['looping'],
      firing: 1,
      triggers: [
        {
          name: 'looping',
          state: 'Firing',
          firing: [{ target: { name: 'a' }, since: toTimestamp(T0 + MINUTE), value: '4' }],
        },
      ],
      conditions: [
        { type: 'Ready', status: 'True' },
        { type: 'RemediationAllowed', status: 'True', reason: 'Allowed' },
      ],
    });
    expect(status([view('b', pending)]).triggers).toEqual([{ name: 'looping', state: 'Pending' }]);
    expect(status([]).triggers).toEqual([{ name: 'looping', state: 'Inactive' }]);
  });

  it.each<[string, Decision, object]>([
    ['a gate', blocked, { action: 'restart', reason: 'RateLimited', message: '1 of 1', until: toTimestamp(T0 + HOUR) }],
    [
      'the end of the ladder',
      { kind: 'exhausted', reason: 'Exhausted', message: 'a person has to look' },
      { reason: 'Exhausted' },
    ],
    [
      'going in a circle',
      { kind: 'exhausted', reason: 'Oscillating', message: 'up and down' },
      { reason: 'Oscillating' },
    ],
    [
      'mode monitor',
      { kind: 'would', action: policyOf().actions[0]!, message: 'would restart' },
      { action: 'restart', reason: 'MonitorOnly' },
    ],
  ])('says why nothing was done: %s', (_title, decision, wanted) => {
    expect(status([view('a', firing, decision)]).blocked).toMatchObject([wanted]);
  });

  it('keeps to its limits and counts the rest', () => {
    const full = status(many(MAX_EPISODES + 9, firing, { ...blocked, message: 'x'.repeat(5000) }));
    expect([full.blocked?.length, full.blockedOmitted]).toEqual([MAX_BLOCKED, MAX_EPISODES + 9 - MAX_BLOCKED]);
    expect([full.triggers?.[0]?.firing?.length, full.triggers?.[0]?.firingOmitted]).toEqual([
      MAX_FIRING_TARGETS,
      MAX_EPISODES + 9 - MAX_FIRING_TARGETS,
    ]);
    expect(full.episodes).toHaveLength(MAX_EPISODES);
    expect(policyStatusSchema.safeParse(full).success).toBe(true);
  });

  it.each<[string, Partial<StatusInput>, object[]]>([
    [
      'problems',
      {
        problems: [
          { path: 'spec.x', message: 'is wrong', reason: 'InvalidField' },
          { path: 'spec.y', message: '', reason: 'InvalidQuery' },
        ],
      },
      [
        { type: 'Ready', status: 'False', reason: 'InvalidField', message: 'spec.x: is wrong (and 1 more)' },
        { status: 'True' },
      ],
    ],
    [
      'a suspension',
      { policy: policyOf({ suspend: true }) },
      [{ status: 'True' }, { status: 'False', reason: 'Suspended' }],
    ],
    [
      'a mass failure',
      { massFailure: { since: toTimestamp(T0), until: toTimestamp(T0 + MINUTE), message: '6 of 10' } },
      [{ status: 'True' }, { status: 'False', reason: 'MassFailure', message: '6 of 10' }],
    ],
  ])('its conditions tell of %s', (_title, change, conditions) => {
    expect(status([], change).conditions).toMatchObject(conditions);
  });

  it('a condition keeps the time of its last transition until its status changes', () => {
    const previous: PolicyStatus = {
      conditions: [
        { type: 'Ready', status: 'True', reason: 'Ready', message: '', lastTransitionTime: '2025-01-01T00:00:00Z' },
      ],
    };
    expect(status([], { previous }).conditions?.[0]?.lastTransitionTime).toBe('2025-01-01T00:00:00Z');
    const problems = [{ path: 'x', message: 'y', reason: 'InvalidField' }] as const;
    expect(status([], { previous, problems }).conditions?.[0]?.lastTransitionTime).toBe(toTimestamp(T0));
  });

  it('says the same whatever the order in which targets were looked at (I35)', () => {
    const targets = [
      view('late', { ...firing, startedAt: T0 + 5 }, blocked),
      view('a', firing, blocked),
      view('b', pending),
      view('c', HEALTHY),
      view('d', { ...firing, exhausted: true }, { kind: 'exhausted', reason: 'Exhausted', message: 'end' }),
    ];
    fc.assert(
      fc.property(fc.shuffledSubarray(targets, { minLength: targets.length }), (shuffled) => {
        expect(saysTheSame(status(shuffled), status(targets))).toBe(true);
      }),
    );
  });

  it('who has room keeps it while others come later (law 4)', () => {
    const first = many(MAX_EPISODES, firing);
    const late = view('aaa', { ...firing, startedAt: T0 + SECOND });
    const full = status([late, ...first]);
    expect(first.every(({ ref, state }) => isPersisted(full, ref, state))).toBe(true);
    expect(isPersisted(full, late.ref, late.state)).toBe(false);
  });
});

describe('what counts as new', () => {
  const one = status([view('a', firing)]);
  it.each<[string, PolicyStatus, boolean]>([
    ['nothing', one, true],
    ['lastEvaluated alone', { ...one, lastEvaluated: toMicroTime(T0) }, true],
    ['the order of keys', Object.fromEntries(Object.entries(one).toReversed()), true],
    ['anything else', { ...one, actionsTaken: 1 }, false],
  ])('%s', (_title, other, same) => {
    expect(saysTheSame(one, other)).toBe(same);
  });
});

describe('an episode may act once it is in the status', () => {
  const held = status([view('a', firing), view('b', pending)]);
  it.each<[string, TargetView, boolean]>([
    ['it is', view('a', firing), true],
    ['only its pending was written', view('b', pending), false],
    ['another episode of the target was', view('a', { ...firing, startedAt: T0 + 1 }), false],
    ['another target', view('z', firing), false],
  ])('%s', (_title, { ref, state }, persisted) => {
    expect(isPersisted(held, ref, state)).toBe(persisted);
  });
});

describe('after a restart', () => {
  const restored = (state: TargetState, lastEvaluated: number, now: number): TargetState =>
    restoredState({ ...status([view('a', state)]), lastEvaluated: toMicroTime(lastEvaluated) }, 'uid-a', now);
  /** Status holds no detail and no value: they are seen again at the next look. */
  const bare = (state: TargetState): TargetState => ({
    ...state,
    triggers: Object.fromEntries(
      Object.entries(state.triggers).map(([name, { value: _value, ...trigger }]) => [name, { ...trigger, detail: '' }]),
    ),
  });

  it('an unknown target is well', () => {
    expect(restoredState({}, 'uid-a', T0)).toEqual(HEALTHY);
  });

  it('what fires goes on as it was: episode, start and step', () => {
    const instant = fc.integer({ min: 0, max: HOUR }).map((ms) => T0 + ms);
    const trigger = fc.record(
      {
        state: fc.constant('firing' as const),
        since: instant,
        firingSince: instant,
        detail: fc.constant(''),
        unknownSince: instant,
        clearedAt: instant,
      },
      { requiredKeys: ['state', 'since', 'firingSince', 'detail'] },
    );
    const states = fc.record({
      triggers: fc.dictionary(fc.constantFrom('looping', 'failing', 'slow'), trigger, { minKeys: 1 }),
      startedAt: instant,
      step: fc.integer({ min: 0, max: 1024 }),
      exhausted: fc.boolean(),
    });
    fc.assert(
      fc.property(states, instant, (state, now) => {
        expect(policyStatusSchema.safeParse(status([view('a', state)])).success).toBe(true);
        const back = restored(state, now, now);
        expect({ ...back, triggers: { ...back.triggers } }).toEqual({
          ...bare(state),
          triggers: { ...bare(state).triggers },
        });
      }),
    );
  });

  it.each<[string, TargetState, number, number, number]>([
    ['a short time unwatched moves what is pending by as much', pending, 20, 50, 30],
    ['a long one starts it anew', pending, 20, 3600, 3600],
    [
      'data that was missing before the restart was not watched either (I12)',
      {
        ...pending,
        triggers: { looping: { state: 'pending', since: T0, detail: '', unknownSince: T0 + 10 * SECOND } },
      },
      600,
      610,
      610,
    ],
  ])('%s', (_title, state, lastEvaluated, now, since) => {
    const back = restored(state, T0 + lastEvaluated * SECOND, T0 + now * SECOND);
    expect(back.triggers['looping']).toEqual({ state: 'pending', since: T0 + since * SECOND, detail: '' });
    expect(back.startedAt).toBe(T0);
  });
});

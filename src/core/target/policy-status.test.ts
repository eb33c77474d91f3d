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
import { isPersisted } from './kept-episode.ts';
import { policyStatus, saysTheSame, type StatusInput } from './policy-status.ts';
import type { TargetView } from './target-view.ts';

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
      'a breaker that is open',
      { circuit: 'policy shop/p: 5 actions failed in a row' },
      [
        { status: 'True' },
        { status: 'False', reason: 'CircuitOpen', message: 'policy shop/p: 5 actions failed in a row' },
      ],
    ],
    [
      'a mass failure, before a breaker that is open',
      {
        circuit: 'policy shop/p: 5 actions failed in a row',
        massFailure: { since: toTimestamp(T0), until: toTimestamp(T0 + MINUTE), message: '6 of 10' },
      },
      [{ status: 'True' }, { status: 'False', reason: 'MassFailure' }],
    ],
    [
      'a suspension that a person set, before a breaker that is open',
      { circuit: 'policy shop/p: 5 actions failed in a row', policy: policyOf({ suspend: true }) },
      [{ message: 'the policy can be used; spec.suspend is true, and nothing is evaluated' }, { reason: 'Suspended' }],
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
    const kept = ({ ref, state }: TargetView) =>
      isPersisted(
        full.episodes?.find(({ target }) => target.uid === ref.uid),
        state,
      );
    expect(first.every(kept)).toBe(true);
    expect(kept(late)).toBe(false);
    expect(full.episodesOmitted).toBe(1);
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

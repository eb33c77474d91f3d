import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, policyOf, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import { type PolicyStatus, policyStatusSchema } from '../../api/policy-status.ts';
import { toMicroTime } from '../../std/clock.ts';
import { type Decision, HEALTHY, type TargetState } from './evaluate-target.ts';
import { isPersisted, restoredState } from './kept-episode.ts';
import { policyStatus, type StatusInput } from './policy-status.ts';
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
describe('an episode may act once it is in the status', () => {
  const held = status([view('a', firing), view('b', pending)]);
  it.each<[string, TargetView, boolean]>([
    ['it is', view('a', firing), true],
    ['only its pending was written', view('b', pending), false],
    ['another episode of the target was', view('a', { ...firing, startedAt: T0 + 1 }), false],
    ['another target', view('z', firing), false],
  ])('%s', (_title, { ref, state }, persisted) => {
    const episode = held.episodes?.find(({ target }) => target.uid === ref.uid);
    expect(isPersisted(episode, state)).toBe(persisted);
  });
});

describe('after a restart', () => {
  const restored = (state: TargetState, lastEvaluated: number, now: number): TargetState =>
    restoredState(
      {
        episode: status([view('a', state)]).episodes?.[0],
        status: { lastEvaluated: toMicroTime(lastEvaluated) },
        action: undefined,
      },
      now,
    );
  /** Status holds no detail and no value: they are seen again at the next look. */
  const bare = (state: TargetState): TargetState => ({
    ...state,
    triggers: Object.fromEntries(
      Object.entries(state.triggers).map(([name, { value: _value, ...trigger }]) => [name, { ...trigger, detail: '' }]),
    ),
  });

  it('an unknown target is well', () => {
    expect(restoredState({ episode: undefined, status: {}, action: past() }, T0)).toEqual(HEALTHY);
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
      exhausted: fc.constant(false),
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

describe('an episode that has used up its ladder', () => {
  const trigger = (name: string, state: 'firing' | 'pending') => [name, { state, since: T0, detail: '' }] as const;
  const spent = (...triggers: readonly (readonly [string, TargetState['triggers'][string]])[]): TargetState => ({
    triggers: Object.fromEntries(triggers),
    startedAt: T0,
    step: 3,
    exhausted: true,
  });
  const kept = (state: TargetState) =>
    status([view('a', state)], {
      policy: policyOf({
        triggers: ['counted', 'other'].map((name) => ({ name, type: 'event', eventTrigger: { reason: 'X' } })),
      }),
    }).episodes?.[0]?.triggers.map(({ name }) => name);

  it('is kept small: of sixteen triggers two stay, those first that a new process does not see at once', () => {
    const many = Array.from({ length: 14 }, (_, i) => trigger(`t-${i}`, 'firing'));
    expect(kept(spent(trigger('slow', 'pending'), ...many, trigger('counted', 'firing')))).toEqual(['counted', 't-0']);
  });

  it('goes on after a restart with what was kept of it', () => {
    const state = spent(trigger('a', 'firing'), trigger('b', 'firing'), trigger('c', 'firing'));
    const episode = status([view('a', state)]).episodes?.[0];
    const back = restoredState({ episode, status: {}, action: undefined }, T0 + MINUTE);
    expect(back).toMatchObject({ startedAt: T0, step: 3, exhausted: true });
    expect(Object.keys(back.triggers)).toEqual(['a', 'b']);
  });
});

describe('an episode that had no room in the status', () => {
  const action = past({ episodeStart: T0 - HOUR, triggers: ['looping'] });
  const remembered = (episodesOmitted?: number, last: typeof action | undefined = action): TargetState =>
    restoredState(
      { episode: undefined, status: episodesOmitted === undefined ? {} : { episodesOmitted }, action: last },
      T0,
    );

  it('is known from its newest action, and nothing is done before its trigger was seen again', () => {
    expect(remembered(1)).toEqual({
      triggers: { looping: { state: 'firing', since: T0 - HOUR, detail: '', unknownSince: T0 } },
      startedAt: T0 - HOUR,
      step: 0,
      exhausted: false,
    });
  });

  it('of which nothing was done begins anew', () => {
    expect(remembered(1, past())).toEqual(HEALTHY);
  });

  it('is none where the status had room for all', () => {
    expect(remembered()).toEqual(HEALTHY);
  });
});

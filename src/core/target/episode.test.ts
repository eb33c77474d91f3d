import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import { afterRestart, INACTIVE, MAX_GAP_MS, type Step, stepTrigger, type TriggerState } from './episode.ts';
import type { Firing } from '../observation.ts';

type Holds = Firing['holds'];
const timing = { durationMs: 2 * MINUTE, keepFiringForMs: MINUTE };
const says = (holds: Holds, more: Partial<Firing> = {}): Firing => ({ holds, detail: `it is ${holds}`, ...more });
const step = (prev: TriggerState, holds: Holds, now: number, more: Partial<Firing> = {}): Step =>
  stepTrigger(prev, { firing: says(holds, more), timing }, now);
/** Plays what was seen, oldest first; the last step is the answer. */
const play = (...seen: readonly (readonly [number, Holds])[]): Step =>
  seen.reduce<Step>(({ next }, [at, holds]) => step(next, holds, T0 + at), { next: INACTIVE });

const pending = play([0, 'true']).next;
const firing = play([0, 'true'], [2 * MINUTE, 'true']).next;

describe('a trigger on one target', () => {
  it.each<[string, Step, Partial<Step> & { state: TriggerState['state'] }]>([
    ['stays inactive while it does not hold', play([0, 'false']), { state: 'inactive' }],
    [
      'is pending as soon as it holds, until the duration is over',
      play([0, 'true']),
      { state: 'pending', change: 'pending', wakeAt: T0 + 2 * MINUTE },
    ],
    [
      'is still pending a moment before',
      play([0, 'true'], [2 * MINUTE - 1, 'true']),
      { state: 'pending', wakeAt: T0 + 2 * MINUTE },
    ],
    [
      'fires when it has held for the duration',
      play([0, 'true'], [2 * MINUTE, 'true']),
      { state: 'firing', change: 'firing' },
    ],
    [
      'begins anew when it did not hold in between',
      play([0, 'true'], [MINUTE, 'false'], [2 * MINUTE, 'true']),
      { state: 'pending', change: 'pending', wakeAt: T0 + 4 * MINUTE },
    ],
    [
      'goes on firing for keepFiringFor',
      play([0, 'true'], [2 * MINUTE, 'true'], [3 * MINUTE, 'false']),
      { state: 'firing', wakeAt: T0 + 4 * MINUTE },
    ],
    [
      'resolves after that',
      play([0, 'true'], [2 * MINUTE, 'true'], [3 * MINUTE, 'false'], [4 * MINUTE, 'false']),
      { state: 'inactive', change: 'resolved' },
    ],
    [
      'starts keepFiringFor again when it held in between',
      play([0, 'true'], [2 * MINUTE, 'true'], [3 * MINUTE, 'false'], [3.5 * MINUTE, 'true'], [4 * MINUTE, 'false']),
      { state: 'firing', wakeAt: T0 + 5 * MINUTE },
    ],
    ['says nothing new while Unknown before it ever held', play([0, 'unknown']), { state: 'inactive' }],
    ['does not become firing on Unknown', play([0, 'true'], [3 * MINUTE, 'unknown']), { state: 'pending' }],
    [
      'does not resolve on Unknown',
      play([0, 'true'], [2 * MINUTE, 'true'], [3 * HOUR, 'unknown']),
      { state: 'firing' },
    ],
  ])('%s', (_title, { next, ...rest }, { state, ...wanted }) => {
    expect({ state: next.state, ...rest }).toEqual({ state, ...wanted });
  });

  it('fires at once without a duration', () => {
    const seen = { firing: says('true', { value: 4 }), timing: { durationMs: 0, keepFiringForMs: 0 } };
    expect(stepTrigger(INACTIVE, seen, T0)).toEqual({
      next: { state: 'firing', since: T0, firingSince: T0, detail: 'it is true', value: 4 },
      change: 'firing',
    });
  });

  it('keeps its start through keepFiringFor, restarts and Unknown: the episode keeps its identity', () => {
    const through = play(
      [0, 'true'],
      [2 * MINUTE, 'true'],
      [3 * MINUTE, 'false'],
      [3.2 * MINUTE, 'unknown'],
      [3.4 * MINUTE, 'true'],
    );
    expect(through.next.since).toBe(T0);
    expect(afterRestart(firing, T0, T0 + HOUR)).toEqual(firing);
  });

  it('shows the value that is seen now and forgets the one that is not', () => {
    const four = step(INACTIVE, 'true', T0, { value: 4 }).next;
    expect(step(four, 'true', T0 + 1, { value: 5 }).next.value).toBe(5);
    expect(step(four, 'true', T0 + 1).next.value).toBeUndefined();
  });

  it.each<[string, Step, number]>([
    [
      'when the evidence may change before the duration is over',
      step(pending, 'true', T0 + 1, { recheckAt: T0 + 5 }),
      T0 + 5,
    ],
    ['when the duration is over first', step(pending, 'true', T0 + 1, { recheckAt: T0 + HOUR }), T0 + 2 * MINUTE],
    [
      'while firing, when the evidence may change',
      step(firing, 'true', T0 + HOUR, { recheckAt: T0 + HOUR + 5 }),
      T0 + HOUR + 5,
    ],
    ['while Unknown, when the data may come', step(pending, 'unknown', T0 + 1, { recheckAt: T0 + 5 }), T0 + 5],
  ])('looks again %s', (_title, { wakeAt }, at) => {
    expect(wakeAt).toBe(at);
  });
});

describe('"for 2m" accrues over observed time only (I12)', () => {
  it('a short hole moves the start by its length', () => {
    const after = play([0, 'true'], [60 * SECOND, 'unknown'], [90 * SECOND, 'true']);
    expect(after.next).toMatchObject({ state: 'pending', since: T0 + 30 * SECOND });
    expect(after.wakeAt).toBe(T0 + 150 * SECOND);
  });

  it('Unknown twice in a row is one hole', () => {
    expect(
      play([0, 'true'], [60 * SECOND, 'unknown'], [70 * SECOND, 'unknown'], [90 * SECOND, 'true']).next.since,
    ).toBe(T0 + 30 * SECOND);
  });

  it('a long hole starts it anew', () => {
    const end = 60 * SECOND + MAX_GAP_MS + 1;
    expect(play([0, 'true'], [60 * SECOND, 'unknown'], [end, 'true']).next).toMatchObject({
      state: 'pending',
      since: T0 + end,
    });
  });

  it('the time between two processes is a hole that began when the old one last looked', () => {
    expect(afterRestart(pending, T0 + 20 * SECOND, T0 + 50 * SECOND).since).toBe(T0 + 30 * SECOND);
    expect(afterRestart(pending, T0 + 20 * SECOND, T0 + HOUR).since).toBe(T0 + HOUR);
  });

  it('a hole that had begun before the old process ended counts from its own start', () => {
    const blind = play([0, 'true'], [10 * SECOND, 'unknown']).next;
    expect(afterRestart(blind, T0 + 30 * SECOND, T0 + 40 * SECOND).since).toBe(T0 + 30 * SECOND);
  });

  it('never fires before the trigger was seen to hold for the duration, whatever the order of what is seen', () => {
    const looks = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 90_000 }), fc.constantFrom<Holds>('true', 'true', 'true', 'false', 'unknown')),
      {
        maxLength: 40,
      },
    );
    fc.assert(
      fc.property(looks, (seen) => {
        let state = INACTIVE;
        let now = T0;
        let before: Holds = 'false';
        let held = 0;
        for (const [passed, holds] of seen) {
          now += passed;
          // Only time between two looks that both say so counts; a look that says no wipes it out.
          if (before === 'true') held += passed;
          if (holds === 'false') held = 0;
          const taken = stepTrigger(state, { firing: says(holds), timing }, now);
          if (taken.change === 'firing') expect(held).toBeGreaterThanOrEqual(timing.durationMs);
          if (taken.change !== undefined && taken.change !== 'resolved') expect(holds).toBe('true');
          if (taken.change === 'resolved') expect(holds).toBe('false');
          if (taken.wakeAt !== undefined && holds !== 'unknown') expect(taken.wakeAt).toBeGreaterThan(now);
          state = taken.next;
          before = holds;
        }
      }),
    );
  });
});

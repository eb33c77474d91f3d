import { describe, expect, it } from 'vitest';
import { MINUTE, policyOf, T0 } from '../../../test/kit/core-data.ts';
import { gateTable } from '../../../test/kit/gate-table.ts';
import { massFailure, massFailureOf, troubleLimit } from './mass-failure.ts';
import type { Population } from './proposal.ts';

const population = (change: Partial<Population>): Population => ({
  matched: 10,
  unhealthy: 0,
  unknown: 0,
  healing: 0,
  troubled: 0,
  ...change,
});
gateTable(massFailure, [
  ['half may be in trouble', { population: population({ unhealthy: 5, troubled: 5 }) }, undefined],
  [
    'more may not',
    { population: population({ unhealthy: 4, unknown: 1, healing: 1, troubled: 6 }) },
    '6 of 10 targets are unhealthy (4), unknown (1) or being healed (1); at most 5 may be',
  ],
  [
    'below three a share says nothing',
    { population: population({ matched: 2, unhealthy: 2, troubled: 2 }) },
    undefined,
  ],
  [
    'the stop outlasts its cause (I16)',
    { population: population({}), stoppedUntil: T0 + MINUTE },
    'has just ended',
    T0 + MINUTE,
  ],
  [
    'while it lasts, the stop tells when to look again',
    { population: population({ troubled: 6 }), stoppedUntil: T0 + MINUTE },
    '6 of 10',
    T0 + MINUTE,
  ],
  ['the stop is over', { population: population({}), stoppedUntil: T0 }, undefined],
]);

describe('the limit of trouble (I15)', () => {
  it.each([
    ['50%', 3, 1],
    ['50%', 5, 2],
    ['10%', 5, 1],
    ['0%', 10, 1],
    ['100%', 7, 7],
    [0, 10, 1],
    [4, 10, 4],
  ])('%s of %i: %i', (maxUnhealthy, matched, limit) => {
    const safety = policyOf({ safetyRules: { maxUnhealthy } }).safety;
    expect(troubleLimit(safety.maxUnhealthy, matched)).toBe(limit);
    expect(massFailureOf(population({ matched, troubled: limit }), safety.maxUnhealthy)).toBeUndefined();
    expect(massFailureOf(population({ matched, troubled: limit + 1 }), safety.maxUnhealthy)).toContain(
      `at most ${limit} may be`,
    );
  });
});

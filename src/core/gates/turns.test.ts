/** Which of several actions on one workload goes first, and that never two of them do. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgedPolicy, past, proposal, running, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import type { PastAction } from '../history.ts';
import type { Verdict } from './proposal.ts';
import { judge } from './index.ts';

const ours = (change: Partial<PastAction>) =>
  running({ targetUid: WEB.uid, rootUid: WEB.uid, policyUid: 'x', ...change });
const { policy: _none, ...byHand } = proposal();
const look = (self: PastAction, history: readonly PastAction[]): Verdict => judge({ ...byHand, self, history }, T0);
const inWords = (verdict: Verdict): string => (verdict.allow ? 'goes' : (verdict.turn ?? 'gives way'));

describe('of two actions on one workload', () => {
  const self = { uid: 'm', createdAt: T0 };
  it.each<[string, Partial<PastAction>, string]>([
    ['the older goes, while the other waits', { uid: 'a', createdAt: T0 + SECOND, phase: 'Approved' }, 'goes'],
    [
      'the younger waits, while the other waits for approval',
      { uid: 'z', createdAt: T0 - SECOND, phase: 'Pending' },
      'gives way',
    ],
    ['that with the smaller UID goes, of the same second', { uid: 'z', createdAt: T0, phase: 'Approved' }, 'goes'],
    [
      'that with the greater UID waits, of the same second',
      { uid: 'a', createdAt: T0, phase: 'Approved' },
      'gives way',
    ],
    [
      'the older has its turn once the younger, which is at it, gave up or ended',
      { uid: 'a', createdAt: T0 + SECOND },
      'ours',
    ],
    ['the younger gives way to the older that is at it', { uid: 'z', createdAt: T0 - SECOND }, 'gives way'],
  ])('%s', (_title, other, words) => {
    expect(inWords(judge({ ...byHand, self, history: [ours(self), ours(other)] }, T0))).toBe(words);
  });

  it('a new proposal waits, whatever the other does', () => {
    expect(
      judge({ ...byHand, history: [ours({ uid: 'z', createdAt: T0 + SECOND, phase: 'Pending' })] }, T0),
    ).toMatchObject({
      reason: 'BudgetExhausted',
    });
  });

  it('the older of two elsewhere goes first within the budgets of the policy', () => {
    const policy = judgedPolicy({}, { maxConcurrent: 1 });
    const elsewhere = (change: Partial<PastAction>) => running({ targetUid: 'x', rootUid: 'x', ...change });
    const at = (other: PastAction) => inWords(judge({ ...byHand, policy, self, history: [other] }, T0));
    expect(at(elsewhere({ uid: 'a', createdAt: T0 + SECOND, phase: 'Approved' }))).toBe('goes');
    expect(at(elsewhere({ uid: 'a', createdAt: T0 + SECOND }))).toBe('ours');
    expect(at(elsewhere({ uid: 'a', createdAt: T0 - SECOND, phase: 'Approved' }))).toBe('gives way');
  });
});

/**
 * Each judges what it saw some time ago, claims, looks at what is there now, and goes on or not; in any order, by any
 * number of processes.
 */
class Race {
  readonly #actions: PastAction[];
  readonly #pasts: (readonly PastAction[])[] = [];
  readonly went = new Set<string>();

  constructor(seconds: readonly number[]) {
    this.#actions = seconds.map((second, i) =>
      ours({ uid: `u${i}`, createdAt: T0 + second * SECOND, phase: 'Approved' }),
    );
    this.#remember();
  }

  step(which: number, age: number): void {
    const self = this.#actions[which % this.#actions.length];
    if (self === undefined || this.went.has(self.uid)) return;
    if (self.phase === 'Approved' && look(self, this.#pasts.at(-1 - (age % this.#pasts.length)) ?? []).allow)
      this.#become(self, 'InProgress');
    else if (self.phase === 'InProgress') {
      const verdict = look(self, this.#actions);
      if (verdict.allow) this.went.add(self.uid);
      else if (verdict.turn !== 'ours') this.#become(self, 'Failed');
    }
  }

  #become(self: PastAction, phase: PastAction['phase']): void {
    this.#actions.splice(
      this.#actions.findIndex(({ uid }) => uid === self.uid),
      1,
      phase === 'Failed'
        ? past({ ...self, phase, executed: false, unsent: { how: 'withdrawn', why: '' } })
        : { ...self, phase },
    );
    this.#remember();
  }

  #remember(): void {
    this.#pasts.push([...this.#actions]);
  }
}

describe('of any number of actions on one workload', () => {
  it('one goes, and never a second one, whatever each saw when (I20, I33)', () => {
    const seconds = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 2, maxLength: 5 });
    const steps = fc.array(fc.tuple(fc.nat(9), fc.nat(20)), { maxLength: 40 });
    fc.assert(
      fc.property(seconds, steps, (created, script) => {
        const race = new Race(created);
        for (const [which, age] of script) {
          race.step(which, age);
          expect(race.went.size).toBeLessThanOrEqual(1);
        }
        for (let round = 0; round < 4; round++) for (let i = 0; i < created.length; i++) race.step(i, 0);
        expect(race.went.size).toBe(1);
      }),
    );
  });
});

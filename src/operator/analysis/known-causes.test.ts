import { expect, it } from 'vitest';
import { policyOf, SECOND, T0, WEB } from '../../../test/kit/core-data.ts';
import { analysisFacts } from './known-causes.ts';

const MODEL_ASKED_AT = T0 + 2 * SECOND;

/** Rules that abstain, and a model that has been asked and has not answered. */
function awaitedUntil(analysis: object, look: 'done' | 'waiting' = 'done') {
  const looked = { at: T0 + SECOND, analysis: { findings: [], gaps: [] }, bundle: { items: [], digest: 'd' } } as never;
  const wanted: string[] = [];
  const looks = {
    want: ({ uid }: { readonly uid: string }) => void wanted.push(uid),
    of: () => (look === 'done' ? looked : undefined),
    waitingSince: () => (look === 'done' ? undefined : T0),
  };
  const advice = { of: () => undefined, waitingSince: () => MODEL_ASKED_AT };
  const policy = policyOf({ analysis });
  return analysisFacts({ looks, advice }, { policy, target: WEB, since: T0 })?.awaitedUntil;
}

it.each<[string, object, number | undefined]>([
  ['waits in mode veto, for half a minute', { mode: 'veto' }, MODEL_ASKED_AT + 30 * SECOND],
  ['never waits in mode advise', { mode: 'advise' }, undefined],
  ['never waits in mode advise where the cause orders the ladder', { mode: 'advise', order: 'cause' }, undefined],
])('a policy %s for a model', (_title, analysis, until) => {
  expect(awaitedUntil(analysis)).toBe(until);
});

it('a policy whose ladder the cause orders waits for the first look of the rules', () => {
  expect(awaitedUntil({ mode: 'advise', order: 'cause' }, 'waiting')).toBe(T0 + 10 * SECOND);
});

import { expect, it } from 'vitest';
import { ago, judgedPolicy, MINUTE, proposal, T0 } from '../../../test/kit/core-data.ts';
import { examplesAbove } from '../../../test/kit/doc-example.ts';
import { rateLimited } from './rate-limited.ts';

/** Of `10 minutes ago`, `in 50 minutes`. */
const minutesIn = (words: string): number => Number(/\d+/.exec(words)?.[0]) * MINUTE;

it('the example above Gate is what the gate says', () => {
  const [asked = '', said = ''] = examplesAbove(new URL('proposal.ts', import.meta.url), 'export interface Gate {');
  const { policy, history } = JSON.parse(asked) as {
    policy: { safety: { maxActionsPerHour: number } };
    history: readonly { began: string }[];
  };
  const verdict = JSON.parse(said) as { retryAt: string };
  const example = proposal({
    policy: judgedPolicy({}, policy.safety),
    history: history.map(({ began }) => ago(minutesIn(began))),
  });
  expect(rateLimited.check(example, T0)).toEqual({ ...verdict, retryAt: T0 + minutesIn(verdict.retryAt) });
});

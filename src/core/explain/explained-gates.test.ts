import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgedPolicy, MINUTE, past, proposal, SECOND, T0 } from '../../../test/kit/core-data.ts';
import { anyFacts } from '../../../test/kit/random-inputs.ts';
import { anyPolicy } from '../../../test/kit/random-policies.ts';
import { instant } from '../../../test/kit/random-values.ts';
import { workload } from '../../../test/kit/core-data.ts';
import { gates, judgeEach } from '../gates/index.ts';
import { proposalOf } from '../target/evaluate-target.ts';
import { explainGates } from './explained-gates.ts';

const hourlyLimit = (max: number) => judgedPolicy({}, { maxActionsPerHour: max });
const ended = (secondsAgo: number) => {
  const completedAt = T0 - secondsAgo * SECOND;
  return past({ uid: `a-${secondsAgo}`, createdAt: completedAt, lastAttemptAt: completedAt, completedAt });
};
const explained = (gate: string, change: Parameters<typeof proposal>[0], now = T0) =>
  explainGates(proposal(change), now).find((one) => one.gate === gate);

describe('a gate, explained', () => {
  it('that refuses says its figures, and from when on an action would pass', () => {
    const history = [ended(3000), ended(2000), ended(1000)];
    expect(explained('RateLimited', { policy: hourlyLimit(3), history })).toEqual({
      gate: 'RateLimited',
      verdict: 'refuses',
      seen: 'policy shop/p: 3 of 3 actions in the last hour',
      differs: 'an action would pass from 2026-01-01T00:10:00Z on',
    });
  });

  it('looks on until enough has passed: two places have to become free, not one', () => {
    const history = [ended(3000), ended(2000), ended(1000)];
    const gate = explained('RateLimited', { policy: hourlyLimit(2), history });
    expect(gate?.differs).toBe('an action would pass from 2026-01-01T00:26:40Z on');
  });

  it('that time alone does not open says what to do', () => {
    const gate = explained('RateLimited', { policy: hourlyLimit(0) });
    expect(gate?.differs).toMatch(/Raise the limit/);
    expect(explained('Suspended', { policy: judgedPolicy({ suspended: true }) })?.differs).toMatch(
      /spec.suspend: false/,
    );
  });

  it('that allows says what it saw', () => {
    expect(explained('RateLimited', { policy: hourlyLimit(3), history: [ended(1000)] })).toEqual({
      gate: 'RateLimited',
      verdict: 'allows',
      seen: 'policy shop/p: 1 of 3 actions; operator: 1 of 60 actions; namespace shop: 1 of 48 actions in the last hour',
    });
  });

  it('is asked also after the first refusal', () => {
    const refusing = explainGates(proposal({ paused: 'paused', policy: hourlyLimit(0) }), T0).filter(
      ({ verdict }) => verdict === 'refuses',
    );
    expect(refusing.map(({ gate }) => gate)).toEqual(['Suspended', 'RateLimited']);
  });

  it('promises no time at which it would still refuse, and has words for whatever it saw', () => {
    let promises = 0;
    const object = workload('Deployment');
    fc.assert(
      fc.property(anyPolicy, anyFacts(object), instant(0, 5 * SECOND), (policy, facts, now) => {
        const [action] = policy.actions;
        if (action === undefined) throw new Error('a policy without actions');
        const judged = proposalOf({ policy, facts }, action, MINUTE);
        for (const { gate, differs, seen } of explainGates(judged, now)) {
          expect(seen).toMatch(/^(?!.*(undefined|NaN|Invalid)).+$/);
          const from = /would pass from (\S+) on/.exec(differs ?? '')?.[1];
          if (from === undefined) continue;
          promises++;
          const alone = gates.filter(({ reason }) => reason === gate);
          expect(judgeEach(judged, Date.parse(from), alone)).toMatchObject([{ gate, verdict: { allow: true } }]);
        }
      }),
      { numRuns: 100 },
    );
    expect(promises).toBeGreaterThan(5);
  });
});

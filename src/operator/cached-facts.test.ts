import { describe, expect, it } from 'vitest';
import { MINUTE, policyOf, T0, WEB } from '../../test/kit/core-data.ts';
import { HEALTHY } from '../core/target/evaluate-target.ts';
import type { Stop } from '../core/target/mass-failure-stop.ts';
import { toTimestamp } from '../std/clock.ts';
import { policyFacts } from './cached-facts.ts';
import { PolicyEntry } from './target/policy-book.ts';

/** Four targets, of which some have failed for their whole duration and one is being healed. */
function seen(
  failed: number,
  {
    stop,
    at = 0,
    behind,
    unseen = [],
  }: { readonly stop?: Stop; readonly at?: number; readonly behind?: string; readonly unseen?: readonly string[] } = {},
) {
  const metadata = { name: 'p', namespace: 'shop', uid: 'policy-uid', generation: 1 };
  const entry = new PolicyEntry('shop/p', {
    object: { apiVersion: 'v1', kind: 'HealingPolicy', metadata },
    policy: policyOf(),
    problems: [],
    believed: () => ({ status: {} }),
  });
  entry.massFailure = stop;
  for (let i = 0; i < 4; i++) {
    const triggers = { t: { state: 'firing', since: T0, detail: '' } } as const;
    const view = { ref: { ...WEB, uid: String(i) }, decision: { kind: 'nothing' } } as const;
    if (i < failed) entry.set(String(i), { ...view, state: { ...HEALTHY, triggers }, standing: 'unhealthy' });
    else entry.set(String(i), { ...view, state: HEALTHY, standing: 'healthy' });
  }
  for (const id of unseen) entry.expect(id);
  const sight = {
    clock: { now: () => T0 + at },
    history: { healing: (uid: string) => new Set(uid === 'policy-uid' ? ['0'] : []) },
    staleness: () => behind,
  };
  return policyFacts(sight, entry);
}
const begun: Stop = {
  since: toTimestamp(T0),
  until: toTimestamp(T0 + 5 * MINUTE),
  message: '3 of 4 targets are unhealthy (3), unknown (0) or being healed (1); at most 2 may be',
};

describe('what gates are told of a policy as a whole', () => {
  it('how many of its targets are in trouble', () => {
    expect(seen(2)).toEqual({
      facts: { population: { matched: 4, unhealthy: 2, unknown: 0, healing: 1, troubled: 2 } },
      stop: undefined,
    });
  });

  it('that a mass failure stops it, from its first moment on', () => {
    const { facts, stop } = seen(3);
    expect([facts.stoppedUntil, stop]).toEqual([T0 + 5 * MINUTE, begun]);
  });

  it('that a stop outlasts its cause, and then not any more (I16)', () => {
    expect(seen(0, { stop: begun, at: 4 * MINUTE }).facts.stoppedUntil).toBe(T0 + 5 * MINUTE);
    expect(seen(0, { stop: begun, at: 5 * MINUTE })).toMatchObject({ stop: undefined });
    expect(seen(0, { stop: begun, at: 5 * MINUTE }).facts).not.toHaveProperty('stoppedUntil');
  });

  it('that some of its targets were not looked at yet, so that its counts say nothing (I10)', () => {
    const { facts } = seen(1, { unseen: ['4', '5'] });
    expect(facts.stale).toBe('2 targets of policy shop/p were not looked at yet');
    // A target that was looked at before is counted as it was then.
    expect(seen(1, { unseen: ['0', '1'] }).facts).not.toHaveProperty('stale');
  });

  it('why what is seen may be out of date', () => {
    expect(seen(0, { behind: 'the cache of pods has not synced' }).facts.stale).toBe(
      'the cache of pods has not synced',
    );
  });
});

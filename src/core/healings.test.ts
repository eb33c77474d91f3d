import { describe, expect, it } from 'vitest';
import { HOUR, past, T0 } from '../../test/kit/core-data.ts';
import { actionsOf, healingsIn, isHealing, mergedHealings, WEEK_MS } from './healings.ts';
import { withLedger } from './ledger.ts';

const healed = (completedAt: number, change = {}) =>
  past({ uid: `u-${completedAt}`, rootUid: 'web', targetNamespace: 'shop', completedAt, ...change });

it('a cordon that is taken back is no healing of its own', () => {
  const cordoned = past({ type: 'cordon' });
  expect([isHealing(cordoned), isHealing({ ...cordoned, type: 'uncordon' })]).toEqual([true, false]);
});

describe('healings', () => {
  it('are kept by workload, the newest first, each once', () => {
    const [a, b] = [healingsIn([healed(T0), healed(T0 + HOUR)]), healingsIn([healed(T0 + HOUR)])];
    expect(mergedHealings([a, b], T0 + HOUR)).toEqual({ 'shop/web': [T0 + HOUR, T0] });
    expect(mergedHealings([b, a], T0 + HOUR)).toEqual(mergedHealings([a, b], T0 + HOUR));
  });

  it('are forgotten after a week', () => {
    expect(mergedHealings([healingsIn([healed(T0), healed(T0 + 1)])], T0 + WEEK_MS)).toEqual({ 'shop/web': [T0 + 1] });
  });

  it('have room for those that were last healed, and for fifty of each', () => {
    const many = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`shop/${'u'.repeat(36)}${i}`, [T0 + i]]));
    const kept = mergedHealings([many], T0 + HOUR);
    expect(JSON.stringify(kept).length).toBeLessThanOrEqual(100_000);
    expect(Object.keys(kept).length).toBeGreaterThan(1000);
    expect(Object.keys(kept)[0]).toBe(`shop/${'u'.repeat(36)}4999`);
    const often = mergedHealings([{ 'shop/web': Array.from({ length: 99 }, (_, i) => T0 + i) }], T0 + HOUR);
    expect(often['shop/web']).toHaveLength(50);
  });

  it('are a part of history, once, as long as their action is there too', () => {
    const there = [healed(T0), healed(T0 + HOUR, { phase: 'Failed' })];
    const known = actionsOf({ 'shop/web': [T0, T0 - HOUR] });
    expect(withLedger(there, known).map(({ completedAt }) => completedAt)).toEqual([T0, T0 + HOUR, T0 - HOUR]);
    expect(actionsOf({ '/node-1': [T0] })[0]).toMatchObject({ rootUid: 'node-1', targetUid: 'node-1' });
    expect(actionsOf({ '/node-1': [T0] })[0]).not.toHaveProperty('targetNamespace');
  });
});

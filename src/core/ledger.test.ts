import { describe, expect, it } from 'vitest';
import { HOUR, MINUTE, past, T0 } from '../../test/kit/core-data.ts';
import { ledgerOf, MAX_LEDGER_BYTES, withLedger } from './ledger.ts';

const one = (uid: string, completedAt = T0, more = {}) => past({ uid, completedAt, ...more });

describe('the ledger', () => {
  it('has each action once, as it was told last, the newest first', () => {
    const { entries, omitted } = ledgerOf(
      [one('a'), one('b', T0 + MINUTE), one('a', T0, { phase: 'Failed' })],
      T0 + HOUR,
    );
    expect(entries.map(({ uid, phase }) => [uid, phase])).toEqual([
      ['b', 'Succeeded'],
      ['a', 'Failed'],
    ]);
    expect(omitted).toBe(0);
  });

  it('is the same whichever of two processes wrote first', () => {
    const [a, b] = [[one('a'), one('c')], [one('b', T0 + MINUTE)]];
    expect(ledgerOf([...a, ...b], T0)).toEqual(ledgerOf([...b, ...a], T0));
  });

  it('forgets what no limit looks at', () => {
    expect(ledgerOf([one('a'), one('b', T0 + HOUR)], T0 + 24 * HOUR).entries.map(({ uid }) => uid)).toEqual(['b']);
  });

  it('holds a day at the default limit, and leaves out the oldest beyond its size', () => {
    const uid = (i: number) => `${String(i).padStart(8, '0')}-0000-0000-0000-000000000000`;
    const many = Array.from({ length: 4000 }, (_, i) =>
      one(uid(i), T0 + i, {
        name: `web-frontend-${i}`,
        policy: 'shop/crash-loops',
        policyUid: uid(1),
        rootUid: uid(2),
      }),
    );
    const { entries, omitted } = ledgerOf(many, T0 + HOUR);
    expect(entries.length).toBeGreaterThan(60 * 24);
    expect(entries.length + omitted).toBe(4000);
    expect(entries[0]?.uid).toBe(uid(3999));
    expect(JSON.stringify(entries).length).toBeLessThanOrEqual(MAX_LEDGER_BYTES + 1);
  });
});

describe('history with the ledger', () => {
  it('takes an action that is still there from where it is', () => {
    const there = [one('a', T0, { phase: 'InProgress' })];
    expect(withLedger(there, [one('a'), one('b')])).toEqual([there[0], one('b')]);
    expect(withLedger(there, [])).toBe(there);
  });
});

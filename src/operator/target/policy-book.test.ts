import { describe, expect, it } from 'vitest';
import { policyOf, T0, WEB } from '../../../test/kit/core-data.ts';
import { HEALTHY, type Standing } from '../../core/target/evaluate-target.ts';
import type { TargetView } from '../../core/target/target-view.ts';
import { PolicyBook, PolicyEntry } from './policy-book.ts';
import type { StoredPolicy } from '../policy-store.ts';

const POD = { apiVersion: 'v1', kind: 'Pod' };
const DEPLOYMENT = { apiVersion: 'apps/v1', kind: 'Deployment' };

function stored(change: { uid?: string; generation?: number; resources?: readonly object[] } = {}): StoredPolicy {
  const { uid = 'u', generation = 1, resources = [DEPLOYMENT] } = change;
  return {
    object: { apiVersion: 'v1', kind: 'HealingPolicy', metadata: { name: 'p', namespace: 'shop', uid, generation } },
    policy: policyOf({ selector: { resources } }),
    problems: [],
    believed: () => ({ status: {} }),
  };
}

function view(uid: string, standing: Standing, stage?: 'pending' | 'firing'): TargetView {
  const state =
    stage === undefined
      ? HEALTHY
      : { ...HEALTHY, triggers: { t: { state: stage, since: T0, detail: '' } }, startedAt: T0 };
  return { ref: { ...WEB, uid }, state, standing, decision: { kind: 'nothing' } };
}

const NONE: ReadonlySet<string> = new Set();
const failuresOf = (entry: PolicyEntry) => entry.failures(entry.population(NONE));

describe('the targets of a policy', () => {
  function entryOf(...views: readonly TargetView[]): PolicyEntry {
    const entry = new PolicyEntry('shop/p', stored());
    for (const one of views) entry.set(one.ref.uid, one);
    return entry;
  }
  const mixed = [
    view('a', 'healthy'),
    view('b', 'unhealthy', 'pending'),
    view('c', 'unhealthy', 'firing'),
    view('d', 'unknown', 'firing'),
  ] as const;

  it('are counted once each: what is being healed counts as troubled even when it looks well', () => {
    expect(entryOf(...mixed).population(new Set(['a', 'b', 'gone']))).toEqual({
      matched: 4,
      unhealthy: 2,
      unknown: 1,
      healing: 2,
      troubled: 4,
    });
  });

  it('are decided on or wait for a trigger, which knows when to look again', () => {
    const propose = { ...view('e', 'unhealthy', 'firing'), decision: { kind: 'wait' } } as unknown as TargetView;
    expect([...entryOf(...mixed, propose).decided()]).toEqual(['e']);
  });

  it('are not counted once they have ended (I42)', () => {
    expect(entryOf(...mixed, view('e', 'ended')).population(new Set(['e']))).toMatchObject({
      matched: 4,
      healing: 1,
      troubled: 4,
    });
  });

  it('begin a stop only with what has failed for its whole duration, each of them once', () => {
    expect(failuresOf(entryOf(...mixed))).toEqual({
      matched: 4,
      unhealthy: 1,
      unknown: 1,
      healing: 0,
      troubled: 2,
    });
  });

  it('are counted as they are now, however often they change', () => {
    const entry = entryOf(...mixed);
    for (const standing of ['unhealthy', 'unknown', 'healthy'] as const)
      entry.set('c', view('c', standing, standing === 'healthy' ? undefined : 'firing'));
    expect(entry.delete('d')).toBe(true);
    expect(entry.delete('d')).toBe(false);
    expect(entry.population(NONE)).toEqual({ matched: 3, unhealthy: 1, unknown: 0, healing: 0, troubled: 1 });
    expect(failuresOf(entry)).toMatchObject({ unhealthy: 0, troubled: 0 });
    expect([...entry.open]).toEqual(['b']);
  });
});

describe('the book of policies', () => {
  const kinds = (book: PolicyBook) =>
    [DEPLOYMENT, POD].map((kind) => [...book.selecting(kind)].map(({ uid }) => uid).join());

  it('knows which policies select a kind, as their specs change', () => {
    const book = new PolicyBook();
    expect(book.put('shop/p', stored()).has).toBe('another spec');
    expect(kinds(book)).toEqual(['u', '']);
    expect(book.put('shop/p', stored()).has).toBe('the same');
    expect(book.put('shop/p', stored({ generation: 2, resources: [POD] })).has).toBe('another spec');
    expect(kinds(book)).toEqual(['', 'u']);
    book.delete('shop/p');
    expect(kinds(book)).toEqual(['', '']);
    expect(book.get('shop/p')).toBeUndefined();
  });

  it('keeps what it holds of a policy over its versions, and nothing of another of the same name', () => {
    const book = new PolicyBook();
    const first = book.put('shop/p', stored()).entry;
    first.set('a', view('a', 'healthy'));
    expect(book.put('shop/p', stored({ generation: 2 })).entry).toBe(first);
    const other = book.put('shop/p', stored({ uid: 'other' }));
    expect([other.has, other.entry.targets.size]).toEqual(['another spec', 0]);
    expect(kinds(book)).toEqual(['other', '']);
  });
});

import { describe, expect, it } from 'vitest';
import { MINUTE, T0 } from '../../test/kit/core-data.ts';
import { systemClock } from '../std/clock.ts';
import { DEFAULT_COMMON_CAUSE } from '../api/common-cause-limits.ts';
import { commonCauses, type FailingWorkload, limitsOfPart, NO_COMMON_CAUSE, sharedBy } from './common-cause.ts';
import { revisionTrait, trait } from './shared-traits.ts';

/** So many workloads of a namespace, one a second. */
const failing = (namespace: string, count: number, more: Partial<FailingWorkload> = {}): FailingWorkload[] =>
  Array.from({ length: count }, (_, i) => ({
    root: `${namespace}-${i}`,
    namespace,
    since: T0 + i * 1000,
    traits: [`node node-${i}`],
    ...more,
  }));
const SEEN = { wellWith: () => 0, looked: 'all' } as const;
const watched = (counts: Record<string, number>): ReadonlyMap<string, number> => new Map(Object.entries(counts));
const words = (counts: Record<string, number>, ill: readonly FailingWorkload[], before = NO_COMMON_CAUSE) => {
  const { everywhere, within } = commonCauses({ ...SEEN, watched: watched(counts), failing: ill }, before);
  return { everywhere: everywhere === undefined ? 'goes' : 'stopped', within: [...within.keys()] };
};

describe('a cause that many workloads share', () => {
  it.each<[string, Record<string, number>, readonly FailingWorkload[], 'goes' | 'stopped', readonly string[]]>([
    ['a quarter of two namespaces', { a: 20, b: 20 }, [...failing('a', 5), ...failing('b', 5)], 'stopped', []],
    ['less than a quarter', { a: 21, b: 20 }, [...failing('a', 5), ...failing('b', 5)], 'goes', []],
    ['fewer than ten, however many that are', { a: 5, b: 4 }, [...failing('a', 5), ...failing('b', 4)], 'goes', []],
    ['one namespace alone stops itself', { a: 40, b: 5 }, failing('a', 40), 'goes', ['a']],
    [
      'one namespace with a few others is not the cluster',
      { a: 40, b: 40 },
      [...failing('a', 40), ...failing('b', 4)],
      'goes',
      ['a'],
    ],
    [
      'those that began at other times are none of them',
      { a: 20, b: 20 },
      [...failing('a', 5), ...failing('b', 5, { since: T0 + 15 * MINUTE })],
      'goes',
      [],
    ],
    [
      'what two policies see is one workload',
      { a: 10, b: 10 },
      [...failing('a', 4), ...failing('a', 4), ...failing('b', 4), ...failing('b', 4)],
      'goes',
      [],
    ],
  ])('%s', (_title, counts, ill, everywhere, within) => {
    expect(words(counts, ill)).toEqual({ everywhere, within });
  });

  it('stops until fewer than half are left', () => {
    const held = { ...NO_COMMON_CAUSE, everywhere: { message: 'stopped' } };
    const ill = (count: number) => [...failing('a', count), ...failing('b', count)];
    expect(words({ a: 20, b: 20 }, ill(3), held).everywhere).toBe('stopped');
    expect(words({ a: 20, b: 20 }, ill(2), held).everywhere).toBe('goes');
  });

  it.each<[string, readonly FailingWorkload[], string]>([
    [
      'the node',
      [...failing('a', 6, { traits: ['node n1', 'node n7'] }), ...failing('b', 6, { traits: ['node n7'] })],
      '12 of 24 watched targets of the cluster began to fail within 10 minutes; all of them: they have pods on node n7 that are not ready: look at that node first',
    ],
    [
      'that there is no common node',
      [...failing('a', 6), ...failing('b', 6)],
      '12 of 24 watched targets of the cluster began to fail within 10 minutes; no node, zone, image, registry, ConfigMap or Secret is known to be shared by them and the others not: look at DNS, the network, a service that all need',
    ],
  ])('is told with %s', (_title, ill, text) => {
    expect(
      commonCauses({ ...SEEN, watched: watched({ a: 12, b: 12 }), failing: ill }, NO_COMMON_CAUSE).everywhere?.message,
    ).toBe(text);
  });
});

describe('a trait that those which fail share', () => {
  const having = (trait: string, count: number, more: Partial<FailingWorkload> = {}) =>
    failing('a', count, { traits: [trait], ...more });
  const amongOf = (ill: readonly FailingWorkload[], well: number, before = NO_COMMON_CAUSE) =>
    commonCauses({ ...SEEN, wellWith: () => well, watched: watched({ a: 1000 }), failing: ill }, before).among;

  it('holds back those that have it, however few they are in the cluster', () => {
    const ill = having('ConfigMap a/settings', 10);
    const found = amongOf([...ill, ...failing('b', 3)], 2).get('ConfigMap a/settings');
    expect([...(found?.roots ?? [])]).toEqual(ill.map(({ root }) => root));
    expect(found?.message).toBe(
      '10 workloads began to fail within 10 minutes, most of those that share something: they read ConfigMap a/settings: look at its last change first',
    );
  });

  it.each<[string, readonly FailingWorkload[], number]>([
    ['that most of the others have too, and are well', having('registry r.example', 10), 11],
    ['of fewer than ten', having('node n1', 9), 0],
    [
      'of failures that began at other times',
      [
        ...having('node n1', 5),
        ...having('node n1', 5, { since: T0 + 20 * MINUTE }).map((one) => ({ ...one, root: `${one.root}-late` })),
      ],
      0,
    ],
  ])('%s holds nothing back', (_title, ill, well) => {
    expect([...amongOf(ill, well).keys()]).toEqual([]);
  });

  it('of one namespace and a few others holds back that namespace alone', () => {
    const image = 'image library/redis:7';
    const others = failing('b', 2, { traits: [image] });
    expect(
      amongOf([...having(image, 12), ...others], 0)
        .get(image)
        ?.roots.has('b-0'),
    ).toBe(false);
    const many = failing('b', 6, { traits: [image] });
    expect(
      amongOf([...having(image, 12), ...many], 0)
        .get(image)
        ?.roots.has('b-0'),
    ).toBe(true);
  });

  it('holds back until fewer than half are left', () => {
    const held = { ...NO_COMMON_CAUSE, among: new Map([['node n1', { message: '', roots: new Set<string>() }]]) };
    expect([...amongOf(having('node n1', 5), 0, held).keys()]).toEqual(['node n1']);
    expect([...amongOf(having('node n1', 4), 0, held).keys()]).toEqual([]);
  });

  it('is the object where all that read it fail, and its change where those do that began after it', () => {
    const object = trait('ConfigMap', 'cart/settings');
    const change = revisionTrait(object, T0);
    const ill = [...failing('a', 10), ...failing('b', 10)].map((one) => ({ ...one, traits: [object, change] }));
    const stops = (well: number) => [
      ...commonCauses(
        {
          failing: ill,
          watched: watched({ a: 500, b: 500 }),
          looked: 'all',
          wellWith: (of) => (of === object ? well : 0),
        },
        NO_COMMON_CAUSE,
      ).among.keys(),
    ];
    expect([stops(0), stops(200)]).toEqual([[object], [change]]);
  });

  it('of a part of all policies is found by a part of the limit, and never by one workload', () => {
    const parts = [1, 1 / 3, 0].map((part) => limitsOfPart(DEFAULT_COMMON_CAUSE, part).minWorkloads);
    expect(parts).toEqual([10, 4, 2]);
  });

  it('is named by its nearest kind, where nearly all have it and most of the well have not', () => {
    const all = ['registry r', 'zone z', 'image i', 'ConfigMap a/c', 'node n', 'cause x of Service a/s'];
    const group = failing('a', 10, { traits: all });
    const named = (well: (name: string) => number) => sharedBy(group, { wellWith: well })?.name;
    expect(named(() => 0)).toBe('cause x of Service a/s');
    expect(named((name) => (name.startsWith('cause') ? 11 : 0))).toBe('node n');
    expect(named((name) => (/^(cause|node)/.test(name) ? 11 : 0))).toBe('ConfigMap a/c');
    expect(named(() => 11)).toBeUndefined();
    const few = group.map((one, i) => (i < 3 ? { ...one, traits: [] } : one));
    expect(sharedBy(few, { wellWith: () => 0 })).toBeUndefined();
  });
});

describe('a stop that is in force', () => {
  it('does not end while some targets were not looked at', () => {
    const held = {
      everywhere: { message: 'all' },
      within: new Map([['a', { message: 'a' }]]),
      among: new Map([['node n', { message: 'n', roots: new Set(['r']) }]]),
    };
    const seen = { ...SEEN, watched: watched({ a: 20 }), failing: [] };
    expect(commonCauses({ ...seen, looked: 'some' }, held)).toEqual(held);
    expect(commonCauses(seen, held)).toEqual(NO_COMMON_CAUSE);
  });
});

describe('a stop of which not all is known yet', () => {
  it('frees none that it held back', () => {
    const trait = 'node n';
    const held = { ...NO_COMMON_CAUSE, among: new Map([[trait, { message: 'n', roots: new Set(['late']) }]]) };
    const ill = [...failing('a', 5, { traits: [trait] }), ...failing('b', 5, { traits: [trait] })];
    const seen = { ...SEEN, watched: watched({ a: 20, b: 20 }), failing: ill };
    const rootsOf = (looked: 'all' | 'some') => commonCauses({ ...seen, looked }, held).among.get(trait)?.roots;
    expect([rootsOf('some')?.has('late'), rootsOf('some')?.size]).toEqual([true, 11]);
    expect([rootsOf('all')?.has('late'), rootsOf('all')?.size]).toEqual([false, 10]);
  });
});

describe('an outage of a large cluster', () => {
  it('is counted in a time that grows with the workloads, and not with their square', () => {
    const counts = { a: 200_000, b: 200_000 };
    const ill = [...failing('a', 100_000), ...failing('b', 100_000)].map((one) => ({ ...one, since: T0 }));
    // A group that is copied for each of its workloads takes minutes.
    const began = systemClock.monotonic();
    expect(words(counts, ill).everywhere).toBe('stopped');
    expect(systemClock.monotonic() - began).toBeLessThan(5000);
  });
});

import { describe, expect, it } from 'vitest';
import { MINUTE, T0 } from '../../test/kit/core-data.ts';
import { commonCauses, type FailingWorkload, NO_COMMON_CAUSE } from './common-cause.ts';

/** So many workloads of a namespace, one a second. */
const failing = (namespace: string, count: number, more: Partial<FailingWorkload> = {}): FailingWorkload[] =>
  Array.from({ length: count }, (_, i) => ({
    root: `${namespace}-${i}`,
    namespace,
    since: T0 + i * 1000,
    nodes: [`node-${i}`],
    ...more,
  }));
const watched = (counts: Record<string, number>): ReadonlyMap<string, number> => new Map(Object.entries(counts));
const words = (counts: Record<string, number>, ill: readonly FailingWorkload[], before = NO_COMMON_CAUSE) => {
  const { everywhere, within } = commonCauses({ watched: watched(counts), failing: ill }, before);
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
    const held = { everywhere: 'stopped', within: new Map() };
    const ill = (count: number) => [...failing('a', count), ...failing('b', count)];
    expect(words({ a: 20, b: 20 }, ill(3), held).everywhere).toBe('stopped');
    expect(words({ a: 20, b: 20 }, ill(2), held).everywhere).toBe('goes');
  });

  it.each<[string, readonly FailingWorkload[], string]>([
    [
      'the node',
      [...failing('a', 6, { nodes: ['n1', 'n7'] }), ...failing('b', 6, { nodes: ['n7'] })],
      '12 of 24 watched targets of the cluster began to fail within 10 minutes; all of them have pods on node n7 that are not ready: look at that node first',
    ],
    [
      'that there is no common node',
      [...failing('a', 6), ...failing('b', 6)],
      '12 of 24 watched targets of the cluster began to fail within 10 minutes; they share neither a node nor a namespace: look at DNS, the registry, the network, a service that all need',
    ],
  ])('is told with %s', (_title, ill, text) => {
    expect(commonCauses({ watched: watched({ a: 12, b: 12 }), failing: ill }, NO_COMMON_CAUSE).everywhere).toBe(text);
  });
});

import { describe, expect, it } from 'vitest';
import { pod, T0, workload } from '../../../test/kit/core-data.ts';
import { type Baseline, baselineOf, harmOf } from './harm.ts';

describe('harm is fewer ready and more missing than before (I7)', () => {
  const of = (ready: number, wanted: number): Baseline => ({ ready, wanted });
  it.each<[string, Baseline | undefined, Baseline | undefined, boolean]>([
    ['as before', of(2, 3), of(2, 3), false],
    ['better', of(0, 3), of(3, 3), false],
    ['one ready pod was lost', of(2, 3), of(1, 3), true],
    ['made smaller on purpose', of(4, 4), of(2, 2), false],
    ['made larger, and the new ones do not start: no worse', of(2, 2), of(2, 4), false],
    ['made larger, and old ones were lost', of(2, 2), of(1, 4), true],
    ['not known before', undefined, of(0, 3), false],
    ['not known now', of(3, 3), undefined, false],
  ])('%s', (_title, before, after, worse) => {
    expect(harmOf(before, after) !== undefined).toBe(worse);
  });

  it.each([
    ['Deployment', workload('Deployment', { status: { readyReplicas: 1 } }), of(1, 3)],
    ['DaemonSet', workload('DaemonSet', { status: { numberReady: 2 } }), of(2, 3)],
    ['Pod', pod(), of(1, 1)],
    ['Gadget', workload('Gadget'), undefined],
  ])('%s', (_kind, object, expected) => {
    expect(baselineOf(object, [], T0)).toEqual(expected);
  });
});

import { describe, expect, it } from 'vitest';
import { Prng } from './prng.ts';
import { inPieces, SLICE_MS, type Sliced, SliceRunner, sortInPieces, toEnd } from './slices.ts';

describe('a computation in slices', () => {
  it.each([0, 1, 1023, 1024, 1025, 5000, 10_000])(
    'sorts %i entries as the native sort does, equals in order',
    (length) => {
      const random = new Prng(length + 1);
      const list = Array.from({ length }, (_, at) => ({ at, value: Math.floor(random.float() * 100) }));
      const compare = (a: { value: number }, b: { value: number }): number => a.value - b.value;
      const expected = list.toSorted(compare);
      toEnd(sortInPieces(list, compare));
      expect(list).toEqual(expected);
    },
  );

  it('gives a turn whenever its slice is over, and counts its own time alone', async () => {
    let now = 0;
    let turns = 0;
    const oneTurn = (): Promise<void> => {
      turns++;
      now += 1000;
      return Promise.resolve();
    };
    const runner = new SliceRunner({ monotonic: () => now }, oneTurn);
    const pieces = 100;
    function* work(): Sliced<string> {
      yield* inPieces(pieces, () => void now++, 1);
      return 'done';
    }
    expect(await runner.run(work())).toBe('done');
    expect(turns).toBe(pieces / SLICE_MS);
    expect(runner.busyMs).toBe(pieces);
  });

  it('counts the time of one that fails', async () => {
    let now = 0;
    const runner = new SliceRunner({ monotonic: () => now }, () => Promise.resolve());
    function* work(): Sliced<never> {
      now += 7;
      yield;
      throw new Error('no');
    }
    await expect(runner.run(work())).rejects.toThrow('no');
    expect(runner.busyMs).toBe(7);
  });
});

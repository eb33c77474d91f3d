import { describe, expect, it } from 'vitest';
import { turn, VirtualClock } from '../std/clock.ts';
import { Breaks } from '../std/slices.ts';
import { Prng } from '../std/prng.ts';
import { runController } from './controller.ts';
import { AssertionError } from '../std/assert.ts';
import { WorkQueue } from './queue.ts';

function setUp() {
  const clock = new VirtualClock(0);
  const queue = new WorkQueue({
    clock,
    random: () => 0,
    backoff: { baseMs: 1000, multiplier: 2, maxMs: 60_000, jitter: 0.5 },
  });
  return { clock, queue, breaks: new Breaks(clock, turn) };
}

describe('a work queue', () => {
  it('holds a key once, first come first served', async () => {
    const { queue } = setUp();
    for (const key of ['a', 'b', 'a', 'c', 'b']) queue.add(key);
    expect(queue.length).toBe(3);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual(['a', 'b', 'c']);
  });

  it('never hands one key to two workers: added while processed, it comes again at the end of the line', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    queue.add('a');
    queue.add('a');
    queue.add('b');
    expect(queue.length).toBe(1);
    queue.done('a');
    expect([await queue.take(), await queue.take()]).toEqual(['b', 'a']);
    queue.done('a');
    queue.done('b');
    expect(queue.length).toBe(0);
  });

  it('brings a key in at its instant; the earliest of several wins', async () => {
    const { clock, queue } = setUp();
    queue.addAt('a', 5000);
    queue.addAt('a', 3000);
    queue.addAt('a', 9000);
    queue.addAt('b', 4000);
    await clock.advance(2999);
    expect([queue.length, queue.delayed]).toEqual([0, 2]);
    await clock.advance(1);
    expect(queue.length).toBe(1);
    await clock.advance(10_000);
    expect([queue.length, queue.delayed]).toEqual([2, 0]);
    expect([await queue.take(), await queue.take()]).toEqual(['a', 'b']);
  });

  it('takes an instant in the past as now, and keeps one set while the key is processed', async () => {
    const { clock, queue } = setUp();
    queue.addAt('a', -1);
    expect(await queue.take()).toBe('a');
    queue.addAt('a', 1000);
    queue.done('a');
    expect(queue.length).toBe(0);
    await clock.advance(1000);
    expect(queue.length).toBe(1);
  });

  it('backs a failing key off, twice as long each time, until it is forgotten', () => {
    const { queue } = setUp();
    expect([queue.retry('a'), queue.retry('a'), queue.retry('a'), queue.retry('b')]).toEqual([1000, 2000, 4000, 1000]);
    queue.forget('a');
    expect(queue.retry('a')).toBe(1000);
    for (let i = 0; i < 20; i++) queue.retry('c');
    expect(queue.retry('c')).toBe(60_000);
  });

  it('finishes what waits on shut-down, then lets every worker go', async () => {
    const { queue } = setUp();
    queue.add('a');
    expect(await queue.take()).toBe('a');
    const idle = queue.take();
    queue.addAt('later', 1000);
    let drained = false;
    const over = queue.shutDown().then(() => (drained = true));
    queue.add('b');
    expect(await idle).toBeUndefined();
    expect(drained).toBe(false);
    queue.done('a');
    await over;
    expect([drained, queue.length, queue.delayed, await queue.take()]).toEqual([true, 0, 0, undefined]);
  });

  it('agrees with a plain model under random use', async () => {
    const draw = new Prng(7);
    const { clock, queue } = setUp();
    const due = new Map<string, number>();
    const line: string[] = [];
    const waiting = new Set<string>();
    const working = new Set<string>();
    const enqueue = (key: string) => {
      due.delete(key);
      if (waiting.has(key)) return;
      waiting.add(key);
      if (!working.has(key)) line.push(key);
    };
    for (let step = 0; step < 3000; step++) {
      const key = `k${draw.below(12)}`;
      const at = clock.now() + 1 + draw.below(50);
      switch (draw.below(4)) {
        case 0:
          queue.add(key);
          enqueue(key);
          break;
        case 1:
          queue.addAt(key, at);
          if (!waiting.has(key) || working.has(key)) due.set(key, Math.min(at, due.get(key) ?? at));
          break;
        case 2:
          if (line.length > 0) {
            const taken = line.shift() as string;
            waiting.delete(taken);
            working.add(taken);
            expect(await queue.take()).toBe(taken);
          }
          break;
        default: {
          const [done] = working;
          if (done === undefined) break;
          working.delete(done);
          queue.done(done);
          if (waiting.has(done)) line.push(done);
        }
      }
      if (draw.chance(0.3)) {
        await clock.advance(1);
        for (const [ready] of [...due].filter(([, instant]) => instant <= clock.now())) enqueue(ready);
      }
      expect([queue.length, queue.delayed, queue.processing]).toEqual([line.length, due.size, working.size]);
      if (due.size > 1 && line.length > 1) {
        // Keys due at one instant come in the order they were set, which the model does not follow: empty both.
        while (line.length > 0) {
          const taken = (await queue.take()) as string;
          expect(line).toContain(taken);
          line.splice(line.indexOf(taken), 1);
          waiting.delete(taken);
          queue.done(taken);
          if (working.has(taken)) throw new Error('taken twice');
        }
      }
    }
  });
});

describe('a controller', () => {
  it('works on as many keys at once as it has workers, wakes them when asked, and backs errors off', async () => {
    const { clock, queue, breaks } = setUp();
    const stop = new AbortController();
    const calls: [string, number][] = [];
    let running = 0;
    let most = 0;
    const run = runController(
      {
        name: 'test',
        clock,
        queue,
        workers: 2,
        breaks,
        reconcile: async (key) => {
          calls.push([key, clock.now()]);
          most = Math.max(most, ++running);
          await clock.until(clock.now() + 100);
          running--;
          if (key === 'bad' && calls.filter(([called]) => called === 'bad').length < 3) throw new Error('not yet');
          return key === 'again' && clock.now() < 1000 ? { wakeAt: 5000 } : {};
        },
      },
      stop.signal,
    );
    for (const key of ['a', 'b', 'c', 'bad', 'again']) queue.add(key);
    await clock.advance(10_000);
    expect(most).toBe(2);
    expect(calls.filter(([key]) => key === 'again').map(([, at]) => at)).toEqual([200, 5000]);
    expect(calls.filter(([key]) => key === 'bad').map(([, at]) => at)).toEqual([100, 1200, 3300]);
    expect(queue.failures('bad')).toBe(0);
    stop.abort();
    await run;
  });

  it('finishes what is in hand when stopped and leaves the rest', async () => {
    const { clock, queue, breaks } = setUp();
    const stop = new AbortController();
    const finished: string[] = [];
    const reconcile = async (key: string) => {
      await clock.until(clock.now() + 100);
      finished.push(key);
      return {};
    };
    const run = runController({ name: 'test', clock, queue, workers: 1, breaks, reconcile }, stop.signal);
    queue.add('a');
    queue.add('b');
    await clock.advance(50);
    stop.abort();
    await clock.advance(1000);
    await run;
    expect(finished).toEqual(['a']);
  });

  it('ends with a broken assumption instead of retrying it', async () => {
    const { clock, queue, breaks } = setUp();
    const reconcile = () => Promise.reject(new AssertionError('impossible'));
    const run = runController(
      { name: 'test', clock, queue, workers: 3, breaks, reconcile },
      new AbortController().signal,
    );
    queue.add('a');
    await expect(run).rejects.toThrow('impossible');
  });
});

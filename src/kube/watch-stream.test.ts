import { describe, expect, it } from 'vitest';
import { systemClock, turn } from '../std/clock.ts';
import { Breaks } from '../std/slices.ts';
import { jsonCodec } from './codec.ts';
import { EVERYTHING } from './projection.ts';
import { StringPool } from './string-pool.ts';
import { readWatch } from './watch-stream.ts';
import { PODS } from './well-known.ts';

const line = (name: string): Buffer => {
  const metadata = { name, namespace: 'n', uid: name, resourceVersion: '1' };
  return Buffer.from(`${JSON.stringify({ type: 'ADDED', object: { apiVersion: 'v1', kind: 'Pod', metadata } })}\n`);
};

/** All of it is there already, as from a server that sends faster than it is read. */
async function* chunks(count: number): AsyncGenerator<Uint8Array> {
  for (let n = 0; n < count; n++) yield line(`pod-${n}`);
}

describe('a stream that never runs dry', () => {
  it('leaves the event loop its turns, and loses nothing', async () => {
    let now = 0;
    // A millisecond passes with each look at the clock, so about two for each chunk.
    const breaks = new Breaks({ monotonic: () => now++ }, turn);
    let [delivered, turns] = [0, 0];
    const over = new AbortController();
    const others = (async () => {
      for (; !over.signal.aborted; turns++) await turn();
    })();
    await readWatch({
      clock: systemClock,
      breaks,
      codec: jsonCodec(PODS, EVERYTHING, new StringPool()),
      response: { status: 200, headers: {}, body: { form: 'bytes', chunks: chunks(400) } },
      resource: PODS.resource,
      kind: PODS.kind,
      silenceMs: () => 60_000,
      deliver: () => delivered++,
      ended: new AbortController(),
    });
    over.abort();
    await others;
    expect(delivered).toBe(400);
    expect(turns).toBeGreaterThan(20);
  });
});

import { describe, expect, it } from 'vitest';
import type { Transport } from '../shapes/transport.ts';
import { settle, VirtualClock } from '../std/clock.ts';
import { RequestSender } from './request-sender.ts';
import type { RateLimit } from './token-bucket.ts';

const GET = { method: 'GET', path: '/x' } as const;

/** A server that answers everything; says when each request reached it, in seconds. */
function playing(rateLimit: RateLimit) {
  const clock = new VirtualClock(0);
  const sent: number[] = [];
  const send: Transport['send'] = async () => {
    sent.push(clock.now() / 1000);
    return { status: 200, headers: {}, body: { form: 'object', value: {} } };
  };
  return { clock, sent, sender: new RequestSender({ clock, transport: { send }, rateLimit }) };
}

describe('the wait for the rate limit', () => {
  it('comes before the question whether the request may start', async () => {
    const { clock, sent, sender } = playing({ qps: 0.1, burst: 1 });
    let leads = true;
    const first = sender.request(GET, { mayStart: () => leads });
    const second = sender.request(GET, { mayStart: () => leads });
    const why = expect(second).rejects.toMatchObject({ code: 'NotSent', delivered: 'no' });
    await first;
    // The lease is lost while the second one waits for its turn.
    leads = false;
    await clock.advance(10_000);
    await why;
    expect(sent).toEqual([0]);
  });

  it('is bounded by the time-out, and nothing is sent then', async () => {
    const { clock, sent, sender } = playing({ qps: 0.01, burst: 1 });
    await sender.request(GET);
    const late = expect(sender.request(GET)).rejects.toMatchObject({ code: 'Timeout', delivered: 'no' });
    await clock.advance(30_000);
    await late;
    await settle();
    expect(sent).toEqual([0]);
    // It has given its turn back: the next one waits no longer than before.
    await clock.advance(70_000);
    await sender.request(GET);
    expect(sent).toEqual([0, 100]);
  });

  it('ends when the caller gives up', async () => {
    const { sent, sender } = playing({ qps: 0.01, burst: 1 });
    await sender.request(GET);
    const stop = new AbortController();
    const given = expect(sender.request(GET, { signal: stop.signal })).rejects.toMatchObject({ code: 'Aborted' });
    stop.abort(new Error('enough'));
    await given;
    await expect(sender.request(GET, { signal: stop.signal })).rejects.toMatchObject({ code: 'Aborted' });
    expect(sent).toEqual([0]);
  });
});

import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../std/clock.ts';
import { KubeClient } from './client.ts';
import { EventRecorder } from './event-recorder.ts';
import { ScriptedApi } from './test-kit/scripted-api.ts';

function setUp(rateLimit = { qps: 1000, burst: 2000 }) {
  const api = new ScriptedApi();
  const clock = new VirtualClock();
  const dropped: string[] = [];
  const client = new KubeClient({ transport: api, clock, rateLimit });
  const recorder = new EventRecorder({ client, component: 'test', onDropped: ({ why }) => dropped.push(why) });
  const events = () =>
    [...api.collection('events').values()].map((event) => [event['reason'], event['count'], event['message']]);
  const about = (name: string) => ({ apiVersion: 'v1', kind: 'Pod', namespace: 'n', name, uid: `uid-${name}` });
  const record = (message: string, name = 'a') =>
    recorder.record({ about: about(name), type: 'Warning', reason: 'Failed', message });
  const crowd = (reason: string, name: string, weight: 'needed' | 'usual' = 'usual') =>
    recorder.record({
      about: about(name),
      type: 'Normal',
      reason,
      message: `${name} ${reason}`,
      weight,
      crowd: reason,
    });
  return { api, clock, dropped, recorder, events, record, crowd };
}

describe('an event recorder', () => {
  it('counts the same event up instead of writing it again', async () => {
    const { clock, recorder, events, record, api } = setUp();
    record('no luck');
    await clock.advance(1000);
    record('no luck');
    record('no luck');
    await recorder.drain();
    expect(events()).toEqual([['Failed', 3, 'no luck']]);
    const [event] = api.collection('events').values();
    expect(event).toMatchObject({
      involvedObject: { kind: 'Pod', name: 'a', uid: 'uid-a' },
      source: { component: 'test' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:01Z',
      metadata: { namespace: 'n' },
    });
  });

  it('combines more than ten that differ only in their message', async () => {
    const { recorder, events, record } = setUp();
    for (let i = 1; i <= 13; i++) record(`attempt ${i}`);
    await recorder.drain();
    expect(events()).toHaveLength(11);
    expect(events().at(-1)).toEqual(['Failed', 3, '(combined from similar events): attempt 13']);
  });

  it('lets through 25 at once about an object and then one in five minutes', async () => {
    const { clock, dropped, recorder, events, record } = setUp();
    for (let i = 0; i < 40; i++) record('loop');
    record('another', 'b');
    await recorder.drain();
    expect(dropped).toEqual(Array.from({ length: 15 }, () => 'Spam'));
    expect(events()).toEqual([
      ['Failed', 25, 'loop'],
      ['Failed', 1, 'another'],
    ]);
    await clock.advance(300_000);
    record('loop');
    await recorder.drain();
    expect(events()[0]).toEqual(['Failed', 26, 'loop']);
  });

  it('lets through a hundred of a crowd and then one in ten seconds, and the others beside it', async () => {
    const { clock, dropped, recorder, events, record, crowd } = setUp();
    for (let i = 0; i < 120; i++) crowd('loops', `pod-${i}`);
    crowd('waits', 'pod-119');
    record('no luck', 'pod-118');
    await recorder.drain();
    expect(dropped).toEqual(Array.from({ length: 20 }, () => 'Spam'));
    expect(events().slice(-2)).toEqual([
      ['waits', 1, 'pod-119 waits'],
      ['Failed', 1, 'no luck'],
    ]);
    await clock.advance(10_000);
    for (let i = 100; i < 103; i++) crowd('loops', `pod-${i}`);
    await recorder.drain();
    expect([events().length, dropped.length]).toEqual([103, 22]);
  });

  it('writes all of a crowd that people need', async () => {
    const { dropped, recorder, events, crowd } = setUp();
    for (let i = 0; i < 120; i++) crowd('lost', `pod-${i}`, 'needed');
    await recorder.drain();
    expect([events().length, dropped]).toEqual([120, []]);
  });

  it('writes an event anew that the server has expired', async () => {
    const { api, recorder, events, record } = setUp();
    record('no luck');
    await recorder.drain();
    const [event] = api.collection('events').values();
    api.remove('events', event?.metadata.name ?? '', 'n');
    record('no luck');
    await recorder.drain();
    expect(events()).toEqual([['Failed', 1, 'no luck']]);
  });

  it('never blocks: what the queue cannot hold is reported', async () => {
    const { api, clock, dropped, record } = setUp();
    api.before = () => new Promise<never>(() => undefined);
    for (let i = 0; i < 1010; i++) record('x', `pod-${i}`);
    expect(dropped.filter((why) => why === 'QueueFull').length).toBeGreaterThanOrEqual(9);
    await clock.advance(10);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(dropped).not.toContain('WriteFailed');
    expect(api.collection('events').size).toBeGreaterThan(990);
  });

  const refusal = (status: number) => ({ status, headers: {}, body: '{}' }) as never;
  it.each([503, 429])('tries again while the server answers %d, in order, and loses none', async (code) => {
    const { api, clock, dropped, events, record } = setUp();
    api.before = () => refusal(code);
    record('first');
    record('second', 'b');
    await clock.advance(600_000);
    expect([events(), dropped]).toEqual([[], []]);
    api.before = () => undefined;
    await clock.advance(60_000);
    expect(events().map(([, , message]) => message)).toEqual(['first', 'second']);
  });

  it('gives up after an hour, and at the end of the process at once', async () => {
    const { api, clock, dropped, recorder, record } = setUp();
    api.before = () => refusal(503);
    record('old news');
    await clock.advance(3_700_000);
    expect(dropped).toEqual(['WriteFailed']);
    record('last words');
    await clock.advance(100);
    await recorder.drain();
    expect(dropped).toEqual(['WriteFailed', 'WriteFailed']);
  });

  it('writes what people need before the others, and the others in order', async () => {
    const { clock, recorder, events, record } = setUp({ qps: 1, burst: 1 });
    for (const name of ['first', 'second', 'third']) record(name, name);
    const about = { apiVersion: 'v1', kind: 'Pod', namespace: 'n', name: 'a', uid: 'uid-a' };
    recorder.record({ about, type: 'Warning', reason: 'Exhausted', message: 'needed', weight: 'needed' });
    await clock.advance(10_000);
    // The first one was in hand already.
    expect(events().map(([, , message]) => message)).toEqual(['first', 'needed', 'second', 'third']);
  });

  it('takes some seconds at most to write what waits at the end of the process, and drops the rest', async () => {
    const { clock, dropped, recorder, events, record } = setUp({ qps: 10, burst: 1 });
    for (let n = 0; n < 200; n++) record('news', `pod-${n}`);
    let ended = false;
    void recorder.drain().then(() => (ended = true));
    await clock.advance(6000);
    expect(ended).toBe(true);
    expect(events().length).toBeGreaterThan(45);
    expect(events().length + dropped.length).toBe(200);
  });

  it('drops at once what the server refuses', async () => {
    const { api, clock, dropped, record } = setUp();
    api.before = () => refusal(403);
    record('not here');
    await clock.advance(100);
    expect(dropped).toEqual(['WriteFailed']);
  });

  it('keeps what people need when other events are too many', async () => {
    const { api, clock, recorder, dropped, record } = setUp();
    api.before = () => refusal(503);
    for (let i = 0; i < 1010; i++) record('x', `pod-${i % 500}-${i}`);
    for (let i = 0; i < 40; i++) record('loop');
    const before = dropped.length;
    const about = { apiVersion: 'v1', kind: 'Pod', namespace: 'n', name: 'a', uid: 'uid-a' };
    recorder.record({ about, type: 'Warning', reason: 'Exhausted', message: 'look at it', weight: 'needed' });
    expect(dropped.slice(before)).toEqual(['QueueFull']);
    api.before = () => undefined;
    await clock.advance(120_000);
    expect([...api.collection('events').values()].some((event) => event['reason'] === 'Exhausted')).toBe(true);
  });
});

import { describe, expect, it } from 'vitest';
import { createSandbox } from '../../src/sandbox/index.ts';
import type { KubeRequest, KubeResponse, WatchEvent } from '../../src/shapes/transport.ts';
import { settle, VirtualClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { always, isWriteNumber, once, slow, storm } from './fault-scripts.ts';
import { type Fault, FaultyTransport, isWatch, refusal, type Script, type WatchTurn } from './faulty-transport.ts';
import { CONFIG_MAPS } from './resources.ts';

const PATH = '/api/v1/namespaces/default/configmaps';
const create = (name: string): KubeRequest => ({
  method: 'POST',
  path: PATH,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } }),
});
const read: KubeRequest = { method: 'GET', path: `${PATH}/kube-root-ca.crt` };

function faulty(...scripts: readonly Script[]) {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock, scheduler: 'off', kubelet: 'off' });
  const client = new FaultyTransport(sandbox.transport(), clock, scripts);
  const { cluster } = sandbox;
  const has = (name: string) => cluster.get(CONFIG_MAPS, { namespace: 'default', name }) !== undefined;
  return { clock, client, has };
}
const first = (fault: Fault): Script => once(isWriteNumber(1), fault);
const codeOf = (error: unknown) => (error as { readonly code?: string }).code;

async function textOf({ body }: KubeResponse): Promise<string> {
  if (body.form !== 'bytes') return JSON.stringify(body.form === 'object' ? body.value : {});
  let text = '';
  for await (const chunk of body.chunks) text += Buffer.from(chunk).toString();
  return text;
}

describe('a request', () => {
  it.each([
    ['before', false],
    ['after', true],
  ] as const)('is answered with an error %s the server has carried it out', async (when, carriedOut) => {
    const { client, has } = faulty(first({ kind: 'answer', when, response: refusal(503, { 'retry-after': '2' }) }));
    const answer = await client.send(create('one'));
    expect([answer.status, answer.headers['retry-after'], has('one')]).toEqual([503, '2', carriedOut]);
    expect(await textOf(answer)).toContain('"reason":"ServiceUnavailable"');
    expect([(await client.send(create('two'))).status, has('two')]).toEqual([201, true]);
  });

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('is lost %s the server has carried it out', async (when, carriedOut) => {
    const { client, has } = faulty(first({ kind: 'reset', when }));
    await expect(client.send(create('one'))).rejects.toMatchObject({ code: 'ConnectionReset', delivered: 'maybe' });
    expect(has('one')).toBe(carriedOut);
  });

  it.each([
    ['before', false],
    ['after', true],
  ] as const)('is never answered when the process that asked ends %s it was carried out', async (when, carriedOut) => {
    let ended = 0;
    const { client, has } = faulty(first({ kind: 'crash', when, act: () => ended++ }));
    let answered = 'no';
    void client.send(create('one')).finally(() => (answered = 'yes'));
    await settle();
    expect([ended, answered, has('one')]).toEqual([1, 'no', carriedOut]);
  });

  it('has an answer that ends in the middle', async () => {
    const { client } = faulty(always(() => true, { kind: 'truncated' }));
    const answer = await client.send(read);
    let text = '';
    const all = async () => {
      if (answer.body.form === 'bytes')
        for await (const chunk of answer.body.chunks) text += Buffer.from(chunk).toString();
    };
    await expect(all()).rejects.toMatchObject({ code: 'BodyTruncated' });
    expect(text).toMatch(/^\{"/);
    expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
  });

  it('waits before the server gets it, and before its answer arrives', async () => {
    const { clock, client, has } = faulty(slow(new Prng(1)));
    const started = clock.now();
    const at = { carriedOut: 0, answered: 0 };
    void client.send(create('one')).then(() => (at.answered = clock.now() - started));
    await clock.advanceUntil(() => {
      if (has('one') && at.carriedOut === 0) at.carriedOut = clock.now() - started;
      return at.answered > 0;
    }, 10_000);
    expect(at.carriedOut).toBeGreaterThan(0);
    expect(at.answered).toBeGreaterThan(at.carriedOut);
    expect(at.answered).toBeLessThan(800);
  });

  it('finds the world as somebody else left it in that moment', async () => {
    const seen: boolean[] = [];
    const { client, has } = faulty(
      once(isWriteNumber(2), { kind: 'act', when: 'before', act: () => seen.push(has('two')) }),
      once(isWriteNumber(2), { kind: 'act', when: 'after', act: () => seen.push(has('two')) }),
    );
    for (const name of ['one', 'two', 'three']) await client.send(create(name));
    expect(seen).toEqual([false, true]);
  });

  it('is remembered with its number among the writes; reads and Events have none', async () => {
    const { client } = faulty();
    const event = { method: 'POST', path: '/api/v1/namespaces/default/events', body: '{}' } as const;
    for (const request of [read, create('one'), event, create('two')]) await client.send(request);
    expect(client.sent.map(({ write }) => write)).toEqual([0, 1, 0, 2]);
  });

  it('meets the faults of all scripts, those of the first one first', async () => {
    const { clock, client, has } = faulty(
      first({ kind: 'delay', when: 'before', until: (now) => now.now() + 1000 }),
      first({ kind: 'reset', when: 'before' }),
    );
    let failure: unknown;
    client.send(create('one')).catch((error: unknown) => (failure = error));
    await clock.advance(999);
    expect(failure).toBeUndefined();
    await clock.advance(1);
    expect([codeOf(failure), has('one')]).toEqual(['ConnectionReset', false]);
  });
});

describe('a watch', () => {
  async function watched(turns: WatchTurn, after = 1) {
    const { clock, client } = faulty(always(isWatch, { kind: 'watch', after, turns }));
    const accept = 'application/vnd.kubernetes.protobuf;stream=watch';
    const { body } = await client.send({ method: 'GET', path: `${PATH}?watch=true`, headers: { accept } });
    const seen: string[] = [];
    const follow = async () => {
      if (body.form === 'events')
        for await (const { type, object } of body.events as AsyncIterable<WatchEvent>)
          seen.push(type === 'ERROR' ? `error ${String(object['code'])}` : object.metadata.name);
      seen.push('end');
    };
    follow().catch((error: unknown) => seen.push(String(codeOf(error))));
    for (const name of ['one', 'two', 'three']) await client.send(create(name));
    await clock.advance(1000);
    return seen;
  }

  it.each<[string, WatchTurn, readonly string[]]>([
    ['is closed', 'closed', ['end']],
    ['is told that its version is gone', 'gone', ['error 410', 'end']],
    ['breaks', 'broken', ['ConnectionReset']],
    ['says nothing any more', 'silent', []],
    ['says one event twice', 'doubled', ['two', 'two', 'three']],
  ])('%s after some events', async (_title, turns, rest) => {
    expect(await watched(turns, 2)).toEqual(['kube-root-ca.crt', 'one', ...rest]);
  });

  it('is closed at once', async () => {
    expect(await watched('closed', 0)).toEqual(['end']);
  });
});

describe('a storm', () => {
  const requests = [create('one'), read, { ...read, path: `${PATH}?watch=true` }];
  function drawn(seed: number, goesOn: () => boolean = () => true): readonly (Fault | undefined)[] {
    const script = storm(new Prng(seed), { oneIn: 2, goesOn });
    const { client } = faulty();
    for (const request of Array.from({ length: 300 }, (_, index) => requests[index % 3] ?? read))
      client.send(request).catch(() => undefined);
    return client.sent.map((sent) => script(sent) as Fault | undefined);
  }
  const shown = (faults: readonly (Fault | undefined)[]) => JSON.stringify(faults);

  it('is the same from the same seed, and another from another', () => {
    expect(shown(drawn(1))).toBe(shown(drawn(1)));
    expect(shown(drawn(1))).not.toBe(shown(drawn(2)));
  });

  it('has every kind of fault, and no refusal that a client must believe', () => {
    const faults = drawn(3).filter((fault) => fault !== undefined);
    expect(faults.length).toBeGreaterThan(100);
    expect(faults.length).toBeLessThan(200);
    const names = faults.map((fault) =>
      fault.kind === 'answer'
        ? `${fault.response.status} ${fault.when}`
        : `${fault.kind} ${'when' in fault ? fault.when : 'turns' in fault ? fault.turns : ''}`.trim(),
    );
    expect([...new Set(names)].toSorted()).toEqual([
      '409 before',
      '429 before',
      '500 before',
      '503 before',
      '504 after',
      '504 before',
      'delay after',
      'delay before',
      'reset after',
      'reset before',
      'truncated',
      ...['broken', 'closed', 'doubled', 'gone', 'silent'].map((turns) => `watch ${turns}`),
    ]);
  });

  it('ends', () => {
    expect(drawn(4, () => false).every((fault) => fault === undefined)).toBe(true);
  });
});

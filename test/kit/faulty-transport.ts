/**
 * What goes wrong between a client and its API server, put in front of any transport by scripts: answers that are
 * errors, requests and answers that are lost, delays, watches that end or fall silent, and whatever else happens at
 * that moment. What a request meets is a function of the scripts alone, so that a run is reproduced by them.
 */
import type { KubeBody, KubeRequest, KubeResponse, Transport, WatchEvent } from '../../src/shapes/transport.ts';
import { TransportError } from '../../src/shapes/transport.ts';
import type { Clock } from '../../src/std/clock.ts';

/** Before the server gets the request, or after it has carried the request out. */
export type When = 'before' | 'after';

export type Fault =
  /** This instead of the server's answer. `before`: the server never gets the request. */
  | { readonly kind: 'answer'; readonly when: When; readonly response: KubeResponse }
  /** The connection breaks. `after`: the reply is lost, though the request was committed. */
  | { readonly kind: 'reset'; readonly when: When }
  /** The answer's body ends in the middle. */
  | { readonly kind: 'truncated' }
  | { readonly kind: 'delay'; readonly when: When; readonly until: (clock: Clock) => number }
  /** Something happens meanwhile. */
  | { readonly kind: 'act'; readonly when: When; readonly act: () => unknown }
  /** The process that asked is gone: `act` ends it, and the request is never answered. */
  | { readonly kind: 'crash'; readonly when: When; readonly act: () => unknown }
  /**
   * After so many events a watch is closed, is told that its version is gone (410), breaks, says nothing any more, or
   * says the next event twice.
   */
  | { readonly kind: 'watch'; readonly after: number; readonly turns: WatchTurn };

export type WatchTurn = 'closed' | 'gone' | 'broken' | 'silent' | 'doubled';

/** A request as scripts see it. */
export interface Sent {
  readonly request: KubeRequest;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  /** Its number among the writes, from 1; 0 for a read. Events are announcements and count as no write. */
  readonly write: number;
}

/** What a request meets. Asked once for each request, in the order in which they are sent. */
export type Script = (sent: Sent) => Fault | readonly Fault[] | undefined;

export const isWatch = ({ query }: Sent): boolean => ['true', '1'].includes(query.get('watch') ?? '');
export const isDryRun = ({ query }: Sent): boolean => query.has('dryRun');

export class FaultyTransport implements Transport {
  /** Every request so far, in order. */
  readonly sent: Sent[] = [];
  readonly #inner: Transport;
  readonly #clock: Clock;
  readonly #scripts: readonly Script[];
  #writes = 0;

  /** Faults of the first script come first: `[delay, reset]` waits and then breaks. */
  constructor(inner: Transport, clock: Clock, scripts: readonly Script[]) {
    this.#inner = inner;
    this.#clock = clock;
    this.#scripts = scripts;
  }

  send(request: KubeRequest, signal?: AbortSignal): Promise<KubeResponse> {
    const { pathname: path, searchParams: query } = new URL(request.path, 'http://in.process');
    const writes = request.method !== 'GET' && !/\/events(?:\/|$)/.test(path);
    const sent: Sent = { request, path, query, write: writes ? ++this.#writes : 0 };
    this.sent.push(sent);
    return this.#meet(
      this.#scripts.flatMap((script) => script(sent) ?? []),
      { request, signal },
    );
  }

  async #meet(faults: readonly Fault[], call: Call): Promise<KubeResponse> {
    const [fault, ...others] = faults;
    if (fault === undefined) return this.#inner.send(call.request, call.signal);
    const next = () => this.#meet(others, call);
    switch (fault.kind) {
      case 'answer':
        if (fault.when === 'after') await next();
        return fault.response;
      case 'reset':
        if (fault.when === 'after') await next();
        throw connectionReset();
      case 'truncated': {
        const response = await next();
        return { ...response, body: { form: 'bytes', chunks: half(response.body) } };
      }
      case 'delay': {
        const wait = () => this.#clock.until(fault.until(this.#clock), call.signal);
        if (fault.when === 'before') await wait();
        const response = await next();
        if (fault.when === 'after') await wait();
        return response;
      }
      case 'act': {
        if (fault.when === 'before') fault.act();
        const response = await next();
        if (fault.when === 'after') fault.act();
        return response;
      }
      case 'crash':
        if (fault.when === 'after') await next();
        fault.act();
        return new Promise(() => undefined);
      case 'watch': {
        // As objects, so that an event can be put between those of the server.
        const asked = { ...call.request, headers: { ...call.request.headers, accept: 'application/json' } };
        const response = await this.#meet(others, { ...call, request: asked });
        if (response.body.form !== 'events') return response;
        return { ...response, body: { form: 'events', events: turned(response.body.events, fault) } };
      }
    }
  }
}

interface Call {
  readonly request: KubeRequest;
  readonly signal: AbortSignal | undefined;
}

const connectionReset = () => new TransportError('ConnectionReset', 'the connection was reset', { delivered: 'maybe' });

async function* half(body: KubeBody): AsyncGenerator<Uint8Array> {
  if (body.form !== 'events') {
    const bytes = body.form === 'object' ? Buffer.from(JSON.stringify(body.value)) : await whole(body.chunks);
    yield bytes.subarray(0, bytes.length >> 1);
  }
  throw new TransportError('BodyTruncated', 'the body ended early', { delivered: 'maybe' });
}

async function whole(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all);
}

async function* turned(
  events: AsyncIterable<WatchEvent<unknown>>,
  { after, turns }: Extract<Fault, { readonly kind: 'watch' }>,
): AsyncGenerator<WatchEvent<unknown>> {
  let count = 0;
  if (after === 0 && turns !== 'doubled') await events[Symbol.asyncIterator]().return?.();
  else
    for await (const event of events) {
      yield event;
      count++;
      if (turns === 'doubled' && count === after + 1) yield event;
      if (turns !== 'doubled' && count === after) break;
    }
  if (turns === 'gone') yield { type: 'ERROR', object: statusOf(410) };
  if (turns === 'broken') throw connectionReset();
  if (turns === 'silent') await new Promise(() => undefined);
}

const REASONS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  403: 'Forbidden',
  404: 'NotFound',
  409: 'Conflict',
  410: 'Expired',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

const statusOf = (code: number): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  reason: REASONS[code] ?? '',
  message: `as the play wants it: ${code}`,
  code,
});

/** An answer of an API server that refuses. */
export const refusal = (code: number, headers: Readonly<Record<string, string>> = {}): KubeResponse => ({
  status: code,
  headers: { 'content-type': 'application/json', ...headers },
  body: { form: 'object', value: statusOf(code) },
});

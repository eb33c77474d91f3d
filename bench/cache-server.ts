/**
 * Serves prepared bytes as an API server would: `PODS` pods of about 10 KB, whole, in pages or as a streamed list, and
 * a watch that sends status changes when told to. A process of its own, so that what it costs is not counted. Prints
 * its port, then waits to be killed.
 *
 * An event's resourceVersion is the time it was sent: 10^15 and the microseconds of the machine's monotonic clock,
 * which all processes share.
 */
import http from 'node:http';
import { gzipSync } from 'node:zlib';
import { type Encodable, encodeObject, encodeWatchEvent } from '../src/sandbox/index.ts';
import { realisticPod } from './realistic-pod.ts';

const pods = Number(process.argv[2] ?? 30_000);
const VERSION_BASE = 1_000_000_000_000_000;
/** What stands in a prepared frame where the version of the moment goes: as many digits. */
const PLACEHOLDER = 1_111_111_111_111_111;
const DISTINCT_EVENTS = 5000;
const BURST = 16;

type Form = 'json' | 'protobuf';
const CONTENT_TYPES: Readonly<Record<Form, string>> = {
  json: 'application/json',
  protobuf: 'application/vnd.kubernetes.protobuf',
};
const formOf = (request: http.IncomingMessage): Form =>
  (request.headers.accept ?? '').includes('protobuf') ? 'protobuf' : 'json';

/** Bytes are made once and kept, so that serving is a copy. */
const kept = new Map<string, Buffer>();
function once(id: string, make: () => Buffer): Buffer {
  let bytes = kept.get(id);
  if (bytes === undefined) kept.set(id, (bytes = make()));
  return bytes;
}

function page(
  form: Form,
  { from, limit, gzip }: { readonly from: number; readonly limit: number; readonly gzip: boolean },
): Buffer {
  return once(`${form} ${from} ${limit} ${gzip}`, () => {
    if (gzip) return gzipSync(page(form, { from, limit, gzip: false }), { level: 1 });
    const until = limit === 0 ? pods : Math.min(pods, from + limit);
    const items = Array.from({ length: until - from }, (_, i) => realisticPod(from + i, 0));
    const more = until < pods ? { continue: String(until) } : {};
    const list = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: String(pods + 1), ...more }, items };
    return form === 'json' ? Buffer.from(JSON.stringify(list)) : (encodeObject(list) ?? Buffer.alloc(0));
  });
}

function frame(form: Form, type: string, object: Encodable): Buffer {
  if (form === 'protobuf') return encodeWatchEvent(type, object) ?? Buffer.alloc(0);
  return Buffer.from(`${JSON.stringify({ type, object })}\n`);
}

const initial = (form: Form, i: number) => once(`${form} initial ${i}`, () => frame(form, 'ADDED', realisticPod(i, 0)));
const initialEnd = (form: Form) =>
  frame(form, 'BOOKMARK', {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { resourceVersion: String(pods + 1), annotations: { 'k8s.io/initial-events-end': 'true' } },
  });
interface Change {
  readonly bytes: Buffer;
  /** Where its version stands. */
  readonly versionAt: number;
}
const changesOf = new Map<Form, readonly Change[]>();
function changes(form: Form): readonly Change[] {
  let frames = changesOf.get(form);
  if (frames === undefined) {
    frames = Array.from({ length: Math.min(DISTINCT_EVENTS, pods) }, (_, i) => {
      const bytes = frame(form, 'MODIFIED', realisticPod(i, PLACEHOLDER));
      return { bytes, versionAt: bytes.indexOf(String(PLACEHOLDER)) };
    });
    changesOf.set(form, frames);
  }
  return frames;
}

interface Watch {
  readonly form: Form;
  readonly response: http.ServerResponse;
}
const watches = new Set<Watch>();

const drained = (response: http.ServerResponse) => new Promise((resolve) => response.once('drain', resolve));
const monotonicMicros = () => Number(process.hrtime.bigint() / 1000n);

let lastVersion = 0;
/** In one write, as much as the reader gets at a time: with a write an event this process would be the slower one. */
async function send(response: http.ServerResponse, sent: readonly Change[]): Promise<void> {
  const bytes = Buffer.concat(sent.map((change) => change.bytes));
  let at = 0;
  for (const change of sent) {
    // The clock may stand still for a microsecond; versions must rise.
    lastVersion = Math.max(lastVersion + 1, VERSION_BASE + monotonicMicros());
    bytes.write(String(lastVersion), at + change.versionAt, 'latin1');
    at += change.bytes.byteLength;
  }
  if (!response.write(bytes)) await drained(response);
}

/** `rate` a second; 0: as fast as they are read, `BURST` in a write. */
async function sendAll(count: number, rate: number): Promise<void> {
  const start = performance.now();
  const step = rate > 0 ? 1 : BURST;
  for (let sent = 0; sent < count; sent += step) {
    if (rate > 0 && sent > (performance.now() - start) * (rate / 1000))
      await new Promise((resolve) => setTimeout(resolve, 1));
    for (const { form, response } of watches) {
      const prepared = changes(form);
      const some = Array.from(
        { length: Math.min(step, count - sent) },
        (_, i) => prepared[(sent + i) % prepared.length] as Change,
      );
      await send(response, some);
    }
  }
}

async function watch(url: URL, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const form = formOf(request);
  response.writeHead(200, {
    'content-type': form === 'json' ? CONTENT_TYPES.json : `${CONTENT_TYPES.protobuf};stream=watch`,
  });
  if (url.searchParams.has('sendInitialEvents')) {
    for (let i = 0; i < pods; i += BURST) {
      const frames = Array.from({ length: Math.min(BURST, pods - i) }, (_, n) => initial(form, i + n));
      if (!response.write(Buffer.concat(frames))) await drained(response);
    }
    response.write(initialEnd(form));
  }
  response.flushHeaders();
  const one = { form, response };
  watches.add(one);
  response.once('close', () => watches.delete(one));
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://bench');
  const number = (name: string) => Number(url.searchParams.get(name) ?? '0');
  if (url.pathname === '/prepare') {
    const form = formOf(request);
    changes(form);
    if (url.searchParams.has('streamed')) for (let i = 0; i < pods; i++) initial(form, i);
    else
      for (let from = 0; from < pods; from += number('limit') || pods)
        page(form, { from, limit: number('limit'), gzip: process.argv[3] === 'gzip' });
    response.end();
  } else if (url.pathname === '/send') {
    void sendAll(number('count'), number('rate')).then(() => response.end());
  } else if (['1', 'true'].includes(url.searchParams.get('watch') ?? '')) {
    void watch(url, request, response);
  } else {
    const gzip = process.argv[3] === 'gzip' && /gzip/.test(request.headers['accept-encoding'] ?? '');
    const form = formOf(request);
    response.writeHead(200, { 'content-type': CONTENT_TYPES[form], ...(gzip ? { 'content-encoding': 'gzip' } : {}) });
    response.end(page(form, { from: number('continue'), limit: number('limit'), gzip }));
  }
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : 0);
});

/**
 * Serves prepared bytes as an API server would: `PODS` pods of about 10 KB in pages, and a watch of `EVENTS` status changes, in JSON or protobuf as asked.
 * A process of its own, so that what it costs is not counted. Prints its port, then waits to be killed.
 */
import http from 'node:http';
import { encodeObject, encodeWatchEvent } from '../src/sandbox/protobuf/encoder.ts';
import { realisticPod } from './realistic-pod.ts';

const pods = Number(process.argv[2] ?? 20_000);
const events = Number(process.argv[3] ?? 100_000);
const PAGE = 500;

type Form = 'json' | 'protobuf';
const contentType = (form: Form) => (form === 'json' ? 'application/json' : 'application/vnd.kubernetes.protobuf');

function page(form: Form, from: number): Buffer {
  const items = Array.from({ length: Math.min(PAGE, pods - from) }, (_, i) => realisticPod(from + i, 0));
  const more = from + PAGE < pods ? { continue: String(from + PAGE) } : {};
  const list = { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: String(pods + 1), ...more }, items };
  return form === 'json' ? Buffer.from(JSON.stringify(list)) : (encodeObject(list) ?? Buffer.alloc(0));
}

// Built once per form, so that serving is a copy. Distinct events are few; their versions would have to rise, so the reader's check of versions is fed by a cycle of pods.
const lists = new Map<Form, Buffer[]>();
const frames = new Map<Form, Buffer[]>();
function prepared(form: Form): { readonly pages: Buffer[]; readonly stream: Buffer[] } {
  let pages = lists.get(form);
  let stream = frames.get(form);
  if (pages === undefined || stream === undefined) {
    pages = [];
    for (let from = 0; from < pods; from += PAGE) pages.push(page(form, from));
    lists.set(form, pages);
    stream = [];
    // 5,000 prepared frames, each patched with its own version (same length) as it is sent.
    for (let i = 0; i < 5000; i++) {
      const object = realisticPod(i % pods, 1_000_000_000);
      stream.push(
        form === 'json'
          ? Buffer.from(`${JSON.stringify({ type: 'MODIFIED', object })}\n`)
          : (encodeWatchEvent('MODIFIED', object) ?? Buffer.alloc(0)),
      );
    }
    frames.set(form, stream);
  }
  return { pages, stream };
}

const server = http.createServer((request, response) => {
  const url = new URL(request.url ?? '/', 'http://bench');
  const form: Form = (request.headers.accept ?? '').includes('protobuf') ? 'protobuf' : 'json';
  const { pages, stream } = prepared(form);
  response.setHeader('content-type', contentType(form));
  if (url.searchParams.get('watch') !== 'true') {
    const at = Number(url.searchParams.get('continue') ?? '0') / PAGE;
    response.end(pages[at] ?? pages[0]);
    return;
  }
  let sent = 0;
  const pump = () => {
    while (sent < events) {
      const frame = Buffer.from(stream[sent % stream.length] as Buffer);
      const mark = frame.indexOf('1000000');
      frame.write(String(1_000_000_000 + sent), mark);
      sent++;
      if (!response.write(frame)) {
        response.once('drain', pump);
        return;
      }
    }
  };
  pump();
});
prepared('json');
prepared('protobuf');
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' && address !== null ? address.port : 0);
});

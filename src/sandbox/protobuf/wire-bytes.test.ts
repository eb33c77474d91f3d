// The bytes of the kinds: ours as they were once found equal to a real server's by rule, and a real server's own where
// they are recorded.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { jsonCodec, type WatchFrame } from '../../kube/codec.ts';
import { EVERYTHING } from '../../kube/projection.ts';
import { wireCodec } from '../../kube/protobuf/codec.ts';
import { apiVersionOf } from '../../kube/resource.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { StringPool } from '../../kube/string-pool.ts';
import { PROTOBUF_KINDS } from '../../kube/test-kit/protobuf-kinds.ts';
import { type Encodable, encodeObject, encodeWatchEvent } from './encoder.ts';
import { OWN_OBJECTS } from './test-kit/own-objects.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const KINDS = PROTOBUF_KINDS.map((type) => [type.resource, type] as const);
const RECORDED = new URL('../../../../shared/kubernetes-api/wire/', import.meta.url);
const OWN = new URL('./test-kit/own-bytes.txt', import.meta.url);

const answer = (type: string, bytes: Uint8Array): KubeResponse => ({
  status: 200,
  headers: { 'content-type': type },
  body: {
    form: 'bytes',
    chunks: (async function* () {
      yield bytes;
    })(),
  },
});
const none = Buffer.alloc(0);
const listOf = (object: Encodable) => ({
  ...object,
  kind: `${object.kind}List`,
  metadata: { resourceVersion: '4712' },
  items: [object],
});
const listBytes = ({ apiVersion, kind, metadata, items }: ReturnType<typeof listOf>) =>
  encodeObject({ apiVersion, kind, metadata, items }) ?? none;

describe('the bytes of our own objects', () => {
  it('are what they were (vitest -u writes them anew)', async () => {
    expect(OWN_OBJECTS.map(({ kind }) => kind)).toEqual(PROTOBUF_KINDS.map(({ kind }) => kind));
    const lines = OWN_OBJECTS.flatMap((object) => [
      `${object.kind} list ${listBytes(listOf(object)).toString('hex')}`,
      `${object.kind} watch ${(encodeWatchEvent('MODIFIED', object) ?? none).toString('hex')}`,
    ]);
    await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(OWN.pathname);
  });

  it.each(KINDS)('are read as the JSON of the same %s, from a list and from a watch', async (_, type) => {
    const lines = readFileSync(OWN, 'utf8').split('\n');
    const bytes = (what: string) =>
      Buffer.from(lines.find((line) => line.startsWith(`${type.kind} ${what} `))?.split(' ')[2] ?? '', 'hex');
    const own = OWN_OBJECTS.find(({ kind }) => kind === type.kind) as Encodable;
    const [json, wire] = [jsonCodec, wireCodec].map((codec) => codec(type, EVERYTHING, new StringPool()));
    const { apiVersion, kind, metadata, items } = listOf(own);
    const text = Buffer.from(JSON.stringify({ apiVersion, kind, metadata, items }));
    const page = await json?.readPage(answer('application/json', text));
    expect(page?.items).toHaveLength(1);
    // How many bytes it took is the one thing that differs.
    expect({ ...(await wire?.readPage(answer(PROTOBUF, bytes('list')))), bytes: page?.bytes }).toEqual(page);
    const frames: WatchFrame[] = [];
    wire?.frames(answer(`${PROTOBUF};stream=watch`, none)).push(bytes('watch'), (frame) => frames.push(frame));
    expect(frames).toEqual([{ type: 'MODIFIED', object: page?.items[0] }]);
  });
});

describe.skipIf(!existsSync(RECORDED))(
  'what a real server sent in JSON is encoded to the very bytes that it sent in protobuf',
  () => {
    const recorded = (file: string) => readFileSync(new URL(file, RECORDED));

    it.each(KINDS)('%s, listed', async (resource, type) => {
      const list = JSON.parse(recorded(`${resource}.list.json`).toString()) as Encodable & {
        readonly metadata: object;
      };
      const theirs = recorded(`${resource}.list.pb`);
      // The two were asked for one after the other: between them the list's version may have moved, and nothing else.
      const { resourceVersion, items } = await wireCodec(type, EVERYTHING, new StringPool()).readPage(
        answer(PROTOBUF, theirs),
      );
      expect(items.length).toBeGreaterThan(0);
      expect(encodeObject({ ...list, metadata: { ...list.metadata, resourceVersion } })?.equals(theirs)).toBe(true);
    });

    it.each(KINDS)('%s, watched', (resource, type) => {
      const events = recorded(`${resource}.watch.json`).toString().trimEnd().split('\n');
      let theirs = recorded(`${resource}.watch.pb`);
      expect(events.length).toBeGreaterThan(0);
      for (const line of events) {
        const { type: change, object } = JSON.parse(line) as { type: string; object: Encodable };
        const frame = theirs.subarray(0, 4 + theirs.readUInt32BE(0));
        theirs = theirs.subarray(frame.byteLength);
        expect([object.apiVersion, object.kind]).toEqual([apiVersionOf(type), type.kind]);
        // A bookmark's version is the moment's.
        if (change !== 'BOOKMARK') expect(encodeWatchEvent(change, object)?.equals(frame)).toBe(true);
      }
      expect(theirs.byteLength).toBe(0);
    });
  },
);

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Codec, jsonCodec, type WatchFrame } from '../codec.ts';
import { EVERYTHING, projection } from '../projection.ts';
import type { ResourceType } from '../resource.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { StringPool } from '../string-pool.ts';
import { PROTOBUF_KINDS } from '../test-kit/protobuf-kinds.ts';
import { PODS } from '../well-known.ts';
import { decodeStatus, wireCodec } from './codec.ts';

// What a real server sent, in both encodings, beside the checkout.
const WIRE = new URL('../../../../shared/kubernetes-api/wire/', import.meta.url);
const NARROW = projection('narrow', [
  'spec.nodeName',
  'spec.replicas',
  'spec.template.spec.containers.image',
  'spec.containers.name',
  'spec.containers.resources',
  'spec.containers.livenessProbe.httpGet',
  'metadata.annotations[a.example/b]',
  'status.phase',
  'status.conditions',
  'status.containerStatuses.state',
  'status.containerStatuses.restartCount',
  'involvedObject.uid',
  'count',
]);

const bytesOf = (file: string) => readFileSync(new URL(file, WIRE));
const answer = (bytes: Uint8Array, type: string, size = bytes.byteLength): KubeResponse => ({
  status: 200,
  headers: { 'content-type': type },
  body: { form: 'bytes', chunks: inPieces(bytes, size) },
});
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

function framesOf(
  codec: Codec,
  bytes: Uint8Array,
  { type, size = bytes.byteLength }: { type: string; size?: number },
): WatchFrame[] {
  const frames: WatchFrame[] = [];
  const reader = codec.frames(answer(bytes, type));
  for (let at = 0; at < bytes.byteLength; at += size)
    reader.push(bytes.subarray(at, at + size), (frame) => frames.push(frame));
  return frames.map((frame) =>
    frame.type === 'BOOKMARK' ? { ...frame, resourceVersion: frame.resourceVersion.replace(/\d+/, 'n') } : frame,
  );
}

const codecs = (type: ResourceType, kept = EVERYTHING) => ({
  json: jsonCodec(type, kept, new StringPool()),
  wire: wireCodec(type, kept, new StringPool()),
});

describe.skipIf(!existsSync(WIRE))('what a real server sent in JSON and in protobuf decodes to the same', () => {
  describe.each(PROTOBUF_KINDS.map((type) => [type.resource, type] as const))('%s', (resource, type) => {
    it.each([
      ['whole', EVERYTHING],
      ['projected', NARROW],
    ] as const)('%s, list and watch, in one piece and byte by byte', async (_, kept) => {
      const { json, wire } = codecs(type, kept);
      const expected = await json.readPage(answer(bytesOf(`${resource}.list.json`), 'application/json'));
      expect(expected.items.length).toBeGreaterThan(0);
      const { items, resourceVersion } = await wire.readPage(answer(bytesOf(`${resource}.list.pb`), PROTOBUF));
      expect(items).toEqual(expected.items);
      // The two lists were asked for one after the other.
      expect(Number(resourceVersion)).toBeGreaterThanOrEqual(Number(expected.resourceVersion));
      // A bookmark's version is the moment's, and the two watches were opened one after the other.
      const events = framesOf(json, bytesOf(`${resource}.watch.json`), { type: 'application/json' });
      expect(events.length).toBeGreaterThan(0);
      for (const size of [1, 13, 1_000_000]) {
        expect(framesOf(wire, bytesOf(`${resource}.watch.pb`), { type: `${PROTOBUF};stream=watch`, size })).toEqual(
          events,
        );
      }
    });
  });

  it('reads the Status of a refusal', () => {
    expect(decodeStatus(bytesOf('status.notfound.pb'))).toMatchObject({
      kind: 'Status',
      reason: 'NotFound',
      code: 404,
    });
  });

  it('understands a server that answers JSON to a request for protobuf', async () => {
    const { json, wire } = codecs(PODS);
    const bytes = bytesOf('pods.list.json');
    expect(await wire.readPage(answer(bytes, 'application/json'))).toEqual(
      await json.readPage(answer(bytes, 'application/json')),
    );
  });
});

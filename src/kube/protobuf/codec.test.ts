import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { type Codec, CodecError, jsonCodec, type WatchFrame } from '../codec.ts';
import { EVERYTHING, projection } from '../projection.ts';
import type { ResourceType } from '../resource.ts';
import type { KubeResponse } from '../shapes/transport.ts';
import { StringPool } from '../string-pool.ts';
import * as wellKnown from '../well-known.ts';
import { decodeStatus, wireCodec } from './codec.ts';

// What a real server sent, in both encodings, beside the checkout.
const WIRE = new URL('../../../../shared/kubernetes-api/wire/', import.meta.url);
const RESOURCES = [
  wellKnown.PODS,
  wellKnown.NODES,
  wellKnown.EVENTS,
  wellKnown.DEPLOYMENTS,
  wellKnown.REPLICA_SETS,
  wellKnown.STATEFUL_SETS,
  wellKnown.DAEMON_SETS,
  wellKnown.JOBS,
  wellKnown.CRON_JOBS,
  wellKnown.HORIZONTAL_POD_AUTOSCALERS,
  wellKnown.POD_DISRUPTION_BUDGETS,
  wellKnown.PERSISTENT_VOLUME_CLAIMS,
  wellKnown.PERSISTENT_VOLUMES,
  wellKnown.NAMESPACES,
  wellKnown.RESOURCE_QUOTAS,
  wellKnown.SERVICES,
];
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

function framesOf(codec: Codec, bytes: Uint8Array, { type, size = bytes.byteLength }: { type: string; size?: number }): WatchFrame[] {
  const frames: WatchFrame[] = [];
  const reader = codec.frames(answer(bytes, type));
  for (let at = 0; at < bytes.byteLength; at += size) reader.push(bytes.subarray(at, at + size), (frame) => frames.push(frame));
  return frames.map((frame) =>
    frame.type === 'BOOKMARK' ? { ...frame, resourceVersion: frame.resourceVersion.replace(/\d+/, 'n') } : frame,
  );
}

const codecs = (type: ResourceType, kept = EVERYTHING) => ({
  json: jsonCodec(type, kept, new StringPool()),
  wire: wireCodec(type, kept, new StringPool()),
});

describe.skipIf(!existsSync(WIRE))('what a real server sent in JSON and in protobuf decodes to the same', () => {
  describe.each(RESOURCES.map((type) => [type.resource, type] as const))('%s', (resource, type) => {
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
        expect(framesOf(wire, bytesOf(`${resource}.watch.pb`), { type: `${PROTOBUF};stream=watch`, size })).toEqual(events);
      }
    });
  });

  it('reads the Status of a refusal', () => {
    expect(decodeStatus(bytesOf('status.notfound.pb'))).toMatchObject({ kind: 'Status', reason: 'NotFound', code: 404 });
  });

  it('understands a server that answers JSON to a request for protobuf', async () => {
    const { json, wire } = codecs(wellKnown.PODS);
    const bytes = bytesOf('pods.list.json');
    expect(await wire.readPage(answer(bytes, 'application/json'))).toEqual(await json.readPage(answer(bytes, 'application/json')));
  });

  it('answers mutated bytes with an error that names kind and offset, or with objects, never with a crash', async () => {
    const draw = new Prng(11);
    const { wire } = codecs(wellKnown.PODS);
    const list = bytesOf('pods.list.pb');
    const watch = bytesOf('pods.watch.pb');
    let refused = 0;
    for (let round = 0; round < 1500; round++) {
      const watched = round % 2 === 1;
      const bytes = Buffer.from(watched ? watch : list);
      for (let flips = 1 + draw.below(4); flips > 0; flips--)
        bytes[draw.below(draw.chance(0.5) ? 400 : bytes.byteLength)] = draw.below(256);
      const cut = draw.chance(0.3) ? bytes.subarray(0, draw.below(bytes.byteLength)) : bytes;
      try {
        const objects = watched
          ? framesOf(wire, cut, { type: PROTOBUF, size: 1 + draw.below(5000) }).flatMap((frame) =>
              'object' in frame ? [frame.object] : [],
            )
          : (await wire.readPage(answer(cut, PROTOBUF))).items;
        for (const object of objects) expect(typeof object.metadata.name).toBe('string');
      } catch (error) {
        if (!(error instanceof CodecError)) throw error;
        expect([error.kind, error.offset >= 0 && error.offset <= bytes.byteLength]).toEqual(['Pod', true]);
        refused++;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});

describe('random bytes', () => {
  it('are refused with kind and offset', async () => {
    const draw = new Prng(3);
    const { wire } = codecs(wellKnown.PODS);
    for (let round = 0; round < 500; round++) {
      const body = Uint8Array.from({ length: draw.below(200) }, () => draw.below(256));
      const bytes = draw.chance(0.7) ? Buffer.concat([Buffer.from('k8s\0'), body]) : body;
      await expect(wire.readPage(answer(bytes, PROTOBUF))).rejects.toThrow(CodecError);
    }
  });
});

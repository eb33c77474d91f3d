// Whatever an object of one of the kinds holds and whatever is kept of it: the three ways into a cache agree.
import { describe, expect, it } from 'vitest';
import { type Codec, jsonCodec, type WatchFrame } from '../../kube/codec.ts';
import { EVERYTHING, type Projection, projection } from '../../kube/projection.ts';
import { wireCodec } from '../../kube/protobuf/codec.ts';
import { apiVersionOf, type ResourceType } from '../../kube/resource.ts';
import type { KubeBody, KubeResponse } from '../../shapes/transport.ts';
import { StringPool } from '../../kube/string-pool.ts';
import { PROTOBUF_KINDS } from '../../kube/test-kit/protobuf-kinds.ts';
import { Prng } from '../../std/prng.ts';
import { type Encodable, encodeObject, encodeWatchEvent } from './encoder.ts';
import { randomObject, randomPath } from './test-kit/random-object.ts';

const ROUNDS = 10;
const PROTOBUF = 'application/vnd.kubernetes.protobuf';

const answer = (type: string, body: KubeBody): KubeResponse => ({
  status: 200,
  headers: { 'content-type': type },
  body,
});
async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
const inBytes = (type: string, bytes: Uint8Array) => answer(type, { form: 'bytes', chunks: once(bytes) });
const text = (value: unknown) => Buffer.from(JSON.stringify(value));

function framesOf(codec: Codec, response: KubeResponse, bytes: Uint8Array): readonly WatchFrame[] {
  const frames: WatchFrame[] = [];
  codec.frames(response).push(bytes, (frame) => frames.push(frame));
  return frames;
}

const drawn = (draw: Prng, type: ResourceType): Encodable[] =>
  Array.from({ length: 1 + draw.below(3) }, (_, n) =>
    randomObject(draw, { apiVersion: apiVersionOf(type), kind: type.kind }, `object-${n}`),
  );

function keptOf(draw: Prng, type: ResourceType): Projection {
  if (draw.chance(0.3)) return EVERYTHING;
  const paths = Array.from({ length: 1 + draw.below(8) }, () =>
    randomPath(draw, { apiVersion: apiVersionOf(type), kind: type.kind }),
  );
  return projection('drawn', paths);
}

describe.each(PROTOBUF_KINDS.map((type) => [type.kind, type] as const))('random objects of kind %s', (kind, type) => {
  it.each(Array.from({ length: ROUNDS }, (_, seed) => seed + 1))(
    'enter a cache alike by JSON, protobuf and in process (seed %i)',
    async (seed) => {
      const draw = new Prng(seed);
      const items = drawn(draw, type);
      const kept = keptOf(draw, type);
      const json = jsonCodec(type, kept, new StringPool());
      const wire = wireCodec(type, kept, new StringPool());
      const list = {
        apiVersion: apiVersionOf(type),
        kind: `${kind}List`,
        metadata: { resourceVersion: '7', continue: 'token' },
        items,
      };
      // How many bytes it took is the one thing that differs.
      const { bytes: _size, ...expected } = await json.readPage(inBytes('application/json', text(list)));
      const { bytes: _other, ...read } = await wire.readPage(inBytes(PROTOBUF, encodeObject(list) ?? Buffer.alloc(0)));
      expect(read).toEqual(expected);
      expect(await wire.readPage(answer('', { form: 'object', value: list }))).toEqual(expected);

      // Twice, the second time from what was learned of the first.
      for (let round = 0; round < 2; round++) {
        for (const object of items) {
          const event = { type: 'MODIFIED', object } as const;
          const [frame] = framesOf(
            json,
            inBytes('application/json', Buffer.alloc(0)),
            Buffer.from(`${JSON.stringify(event)}\n`),
          );
          const bytes = encodeWatchEvent('MODIFIED', object) ?? Buffer.alloc(0);
          expect(framesOf(wire, inBytes(`${PROTOBUF};stream=watch`, Buffer.alloc(0)), bytes)).toEqual([frame]);
          expect(wire.frame(event)).toEqual(frame);
        }
      }
    },
  );
});

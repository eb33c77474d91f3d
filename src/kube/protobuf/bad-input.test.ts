// What a broken server, proxy or attacker may send in the place of a list or a watch in protobuf.
import { describe, expect, it } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { encodeObject, encodeWatchEvent } from '../../sandbox/index.ts';
import { randomObject } from '../../sandbox/protobuf/test-kit/random-object.ts';
import { type Codec, CodecError, MAX_FRAME_BYTES, type WatchFrame } from '../codec.ts';
import { EVERYTHING, projection } from '../projection.ts';
import { apiVersionOf, type ResourceType } from '../resource.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { StringPool } from '../string-pool.ts';
import { PROTOBUF_KINDS } from '../test-kit/protobuf-kinds.ts';
import { PODS } from '../well-known.ts';
import { wireCodec } from './codec.ts';

const PROTOBUF = 'application/vnd.kubernetes.protobuf';
const KEPT = projection('kept', [
  'metadata.annotations[a]',
  'spec.nodeName',
  'spec.containers.resources',
  'status.phase',
  'status.conditions',
]);

const answer = (bytes: Uint8Array, type = PROTOBUF): KubeResponse => ({
  status: 200,
  headers: { 'content-type': type },
  body: {
    form: 'bytes',
    chunks: (async function* () {
      yield bytes;
    })(),
  },
});
const codecOf = (type: ResourceType, kept = EVERYTHING) => wireCodec(type, kept, new StringPool());

function readFrames(codec: Codec, bytes: Uint8Array, size = bytes.byteLength): WatchFrame[] {
  const frames: WatchFrame[] = [];
  const reader = codec.frames(answer(bytes, `${PROTOBUF};stream=watch`));
  for (let at = 0; at < bytes.byteLength; at += size)
    reader.push(bytes.subarray(at, at + size), (frame) => frames.push(frame));
  return frames;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const field = (number: number, bytes: Uint8Array) =>
  Buffer.concat([Buffer.from([...varint(number * 8 + 2), ...varint(bytes.byteLength)]), bytes]);
const envelope = (kind: string, raw: Uint8Array) =>
  Buffer.concat([
    Buffer.from('k8s\0'),
    field(1, Buffer.concat([field(1, Buffer.from('v1')), field(2, Buffer.from(kind))])),
    field(2, raw),
  ]);
const META = field(1, Buffer.from('a'));
const LIST_META = field(1, field(2, Buffer.from('7')));
/** A list of one pod with these bytes as the pod's message. */
const listOf = (pod: Uint8Array) => envelope('PodList', Buffer.concat([LIST_META, field(2, pod)]));
const named = (...rest: readonly Uint8Array[]) => Buffer.concat([field(1, META), ...rest]);
/** 20,000 messages within one another, in field 2 each. */
function nested(): Buffer {
  const parts: Buffer[] = [];
  let length = 0;
  for (let depth = 0; depth < 20_000; depth++) {
    const head = Buffer.from([18, ...varint(length)]);
    parts.push(head);
    length += head.byteLength;
  }
  return Buffer.concat(parts.reverse());
}

describe('a list in protobuf', () => {
  const read = (bytes: Uint8Array) => codecOf(PODS, KEPT).readPage(answer(bytes));
  const bare = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } };

  it.each([
    ['a number', hex('c8 3e 01')],
    ['eight bytes', hex('c9 3e 01 02 03 04 05 06 07 08')],
    ['bytes', hex('ca 3e 02 01 02')],
    ['four bytes', hex('cd 3e 01 02 03 04')],
    ['a deep message', field(1001, nested())],
  ])('is read without the fields that nobody knows: %s', async (_, unknown) => {
    expect((await read(listOf(named(unknown)))).items).toEqual([bare]);
    expect((await read(listOf(Buffer.concat([unknown, named()])))).items).toEqual([bare]);
  });

  it('is read where what is not kept is nested as deep as bytes go', async () => {
    expect((await read(listOf(named(field(2, field(2, nested())))))).items).toMatchObject([
      { metadata: { name: 'a' } },
    ]);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ['without an envelope', Buffer.from('{"kind":"PodList"}'), /^Pod at byte 0: no protobuf envelope$/],
    ['of nothing', Buffer.alloc(0), /^Pod at byte 0: no protobuf envelope$/],
    ['of another kind', envelope('NodeList', LIST_META), /^Pod at byte 0: a NodeList where a PodList belongs$/],
    ['without a version', envelope('PodList', field(2, named())), /^Pod at byte 0: a list without resourceVersion$/],
    ['with metadata that is a number', listOf(hex('08 05')), /^Pod at byte \d+: wire type 0 where bytes belong$/],
    ['with a phase that is a number', listOf(named(field(3, hex('12 00 08 01')))), /^Pod at byte \d+: /],
    ['with a group', listOf(named(hex('1b 1c'))), /^Pod at byte \d+: wire type 3/],
    ['with a field of number 0', listOf(named(hex('02 01 00'))), /^Pod at byte \d+: a field without a number$/],
    [
      'with a length past its end',
      listOf(named(hex('1a ff ff 03'))),
      /^Pod at byte \d+: a length of 65535 reaches past its message$/,
    ],
    [
      'with a length of 2^63',
      listOf(named(hex('1a ff ff ff ff ff ff ff ff 7f'))),
      /^Pod at byte \d+: a length of .* reaches past its message$/,
    ],
    [
      'with a length that leads back',
      listOf(named(hex('1a f5 ff ff ff ff ff ff ff ff 01'))),
      /^Pod at byte \d+: a length of .* reaches past its message$/,
    ],
    ['with a number that does not end', listOf(named(hex('1a ff'))), /^Pod at byte \d+: a number that does not end$/],
    [
      'with a number of eleven bytes',
      listOf(named(hex('98 80 80 80 80 80 80 80 80 80 80 01'))),
      /^Pod at byte \d+: a number of more than ten bytes$/,
    ],
    [
      'with a pod without a name',
      listOf(field(1, field(3, Buffer.from('n')))),
      /^Pod at byte \d+: an object without metadata.name$/,
    ],
    [
      'with an owner without a UID',
      listOf(field(1, Buffer.concat([META, field(13, field(1, Buffer.from('Job')))]))),
      /^Pod at byte \d+: an incomplete owner reference$/,
    ],
    [
      'with labels in two places',
      listOf(field(1, Buffer.concat([META, field(11, field(1, META)), META, field(11, field(1, META))]))),
      /^Pod at byte \d+: labels in two places$/,
    ],
  ])('%s is refused by kind and offset', async (_, bytes, message) => {
    const refusal = await read(bytes).then(
      () => undefined,
      (error: unknown) => error,
    );
    expect(refusal).toBeInstanceOf(CodecError);
    expect((refusal as CodecError).message).toMatch(message);
    expect((refusal as CodecError).offset).toBeLessThanOrEqual(bytes.byteLength);
  });

  it('cut anywhere is refused, or whole but for the two empty fields at its end', async () => {
    const bytes =
      encodeObject({ apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion: '7' }, items: [bare] }) ??
      Buffer.alloc(0);
    const whole = await read(bytes);
    for (let length = 0; length < bytes.byteLength; length++) {
      const page = await read(bytes.subarray(0, length)).catch((error: unknown) => error);
      if (length === bytes.byteLength - 4 || length === bytes.byteLength - 2)
        expect(page).toEqual({ ...whole, bytes: length });
      else expect(page).toBeInstanceOf(CodecError);
    }
  });
});

describe('a watch in protobuf', () => {
  it('with a frame longer than any object is refused before it is read', () => {
    expect(() => readFrames(codecOf(PODS), hex('7f ff ff ff'))).toThrow(
      'Pod at byte 0: a watch event of 2147483647 bytes',
    );
    expect(MAX_FRAME_BYTES).toBeLessThan(2_147_483_647);
  });

  it('names the offset in the stream, not in the frame', () => {
    const good =
      encodeWatchEvent('ADDED', { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } }) ?? Buffer.alloc(0);
    const bad = Buffer.concat([good, good, hex('00000002 08 01')]);
    expect(() => readFrames(codecOf(PODS), bad, 5)).toThrow(
      new RegExp(`^Pod at byte ${good.byteLength * 2 + 5}: wire type 0 where bytes belong$`),
    );
  });

  it('that is JSON after all is no frame', () => {
    const json = Buffer.from('{"type":"ADDED","object":{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}}\n');
    expect(() => readFrames(codecOf(PODS), json)).toThrow(/^Pod at byte 0: a watch event of \d+ bytes$/);
  });
});

describe('a watch in JSON', () => {
  it.each([
    ['nested without end', `${'['.repeat(300_000)}\n`],
    ['cut', '{"type":"ADDED","object":{"metadata":{"na\n'],
    ['of something else', '<html>\n'],
  ])('%s is refused by kind and offset', (_, text) => {
    const reader = codecOf(PODS).frames(answer(Buffer.alloc(0), 'application/json'));
    expect(() => reader.push(Buffer.from(text), () => undefined)).toThrow(CodecError);
  });
});

// A mutated byte may well be another letter of a message: what comes out must be an object of the kind, and nothing but
// a CodecError may be thrown.
describe('mutated and random bytes', () => {
  const ROUNDS = 150;

  it.each(PROTOBUF_KINDS.map((type) => [type.kind, type] as const))(
    'of kind %s are objects or an error that names kind and offset',
    async (kind, type) => {
      const draw = new Prng(11);
      const id = { apiVersion: apiVersionOf(type), kind };
      const codec = codecOf(type);
      const objects = Array.from({ length: 6 }, (_, n) => randomObject(draw, id, `object-${n}`));
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const items = [draw.pick(objects), draw.pick(objects)];
        const watched = round % 2 === 1;
        const list = { ...id, kind: `${kind}List`, metadata: { resourceVersion: '7' }, items };
        const bytes = watched
          ? Buffer.concat(items.map((object) => encodeWatchEvent('MODIFIED', object) ?? Buffer.alloc(0)))
          : (encodeObject(list) ?? Buffer.alloc(0));
        const spoilt = spoil(draw, bytes);
        try {
          const read = watched
            ? readFrames(codec, spoilt, 1 + draw.below(5000)).flatMap((frame) =>
                'object' in frame ? [frame.object] : [],
              )
            : (await codec.readPage(answer(spoilt))).items;
          for (const object of read) expect([object.kind, typeof object.metadata.name]).toEqual([kind, 'string']);
        } catch (error) {
          if (!(error instanceof CodecError)) throw error;
          expect([error.kind, error.offset >= 0 && error.offset <= spoilt.byteLength]).toEqual([kind, true]);
          refused++;
        }
      }
      expect(refused).toBeGreaterThan(ROUNDS / 4);
    },
  );

  function spoil(draw: Prng, bytes: Buffer): Buffer {
    switch (draw.below(4)) {
      case 0:
        return bytes.subarray(0, draw.below(bytes.byteLength));
      case 1:
        return Buffer.from(Uint8Array.from({ length: draw.below(300) }, () => draw.below(256)));
      case 2: {
        const at = draw.below(bytes.byteLength);
        const inserted = Uint8Array.from({ length: 1 + draw.below(8) }, () => draw.below(256));
        return Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at)]);
      }
      default: {
        const copy = Buffer.from(bytes);
        // Often near the start, where the envelope and the lengths that matter most are.
        for (let flips = 1 + draw.below(6); flips > 0; flips--)
          copy[draw.below(draw.chance(0.5) ? Math.min(200, copy.byteLength) : copy.byteLength)] = draw.below(256);
        return copy;
      }
    }
  }
});

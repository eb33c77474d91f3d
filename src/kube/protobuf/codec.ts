/**
 * Lists and watches in `application/vnd.kubernetes.protobuf`: four magic bytes, an `Unknown` envelope, the message;
 * watch frames are preceded by their length in four bytes, big-endian.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding Only what the projection keeps is
 * decoded. A server that answers JSON all the same is understood.
 */
import type { KubeObject, Status } from '../../shapes/kube.ts';
import { readBytes } from '../body.ts';
import {
  bookmarkOf,
  type Codec,
  CodecError,
  type FrameReader,
  INITIAL_EVENTS_END,
  jsonCodec,
  MAX_FRAME_BYTES,
  type TrimmedPage,
  type WatchFrame,
} from '../codec.ts';
import { type Projection, projection } from '../projection.ts';
import type { ResourceType } from '../resource.ts';
import type { KubeResponse } from '../../shapes/transport.ts';
import { StringPool } from '../string-pool.ts';
import { ByteStrings } from './byte-strings.ts';
import { ProtobufReader } from './reader.ts';
import { LIST_META_PLAN, type MessagePlan, planOf, STATUS_PLAN } from './schema.ts';
import { MalformedBytes } from './wire-reader.ts';

const BOOKMARK = projection('bookmark', [`metadata.annotations[${INITIAL_EVENTS_END}]`]);
const ACCEPT = 'application/vnd.kubernetes.protobuf,application/json';
const MAGIC = Buffer.from('k8s\0', 'latin1');

export const isProtobuf = (response: Pick<KubeResponse, 'headers'>): boolean =>
  (response.headers['content-type'] ?? '').startsWith('application/vnd.kubernetes.protobuf');

/** Protobuf for the built-in kinds, JSON for all others and for servers that offer nothing else. */
export function wireCodec(type: ResourceType, projection: Projection, pool: StringPool): Codec {
  const json = jsonCodec(type, projection, pool);
  const plan = planOf(type, projection, pool);
  if (plan === undefined) return json;
  const decoder = new Decoder(type, plan);
  return {
    listAccept: ACCEPT,
    watchAccept: ACCEPT,
    frame: json.frame,
    async readPage(response) {
      if (response.body.form !== 'bytes' || !isProtobuf(response)) return json.readPage(response);
      return decoder.page(await readBytes(response.body.chunks));
    },
    frames: (response) => (isProtobuf(response) ? new LengthReader(decoder) : json.frames(response)),
  };
}

/** The Status in a refusal's protobuf body; undefined when it is something else. */
export function decodeStatus(bytes: Buffer): Status | undefined {
  try {
    const reader = new ProtobufReader(bytes, new ByteStrings(16));
    const { kind, end } = enterEnvelope(reader, { bytes, end: bytes.byteLength });
    return kind === 'Status'
      ? ({ apiVersion: 'v1', ...reader.message(STATUS_PLAN, end), kind: 'Status' } as Status)
      : undefined;
  } catch (error) {
    if (error instanceof MalformedBytes) return undefined;
    throw error;
  }
}

/**
 * Reads `k8s\0` and the Unknown `{1: {1: apiVersion, 2: kind}, 2: raw}`, and leaves the reader at the start of `raw`.
 */
function enterEnvelope(
  reader: ProtobufReader,
  frame: { readonly bytes: Buffer; readonly end: number },
): { readonly kind: string; readonly end: number } {
  const { bytes, end } = frame;
  const start = reader.at;
  if (end - start < MAGIC.byteLength || MAGIC.compare(bytes, start, start + 4) !== 0)
    throw new MalformedBytes('no protobuf envelope', start);
  reader.at = start + 4;
  let kind = '';
  let raw = { start: end, end };
  reader.each(end, (number, wire) => {
    if (number === 1) {
      const typeEnd = reader.bytesEnd(wire, end);
      reader.each(typeEnd, (field, fieldWire) => {
        if (field === 2) kind = reader.text(reader.bytesEnd(fieldWire, typeEnd));
        else reader.skip(fieldWire, typeEnd);
      });
    } else if (number === 2) {
      const rawEnd = reader.bytesEnd(wire, end);
      raw = { start: reader.at, end: rawEnd };
      reader.at = rawEnd;
    } else reader.skip(wire, end);
  });
  reader.at = raw.start;
  return { kind, end: raw.end };
}

class Decoder {
  readonly kind: string;
  readonly #plan: MessagePlan;
  readonly #bookmarkPlan: MessagePlan;
  readonly #strings = new ByteStrings();

  constructor(type: ResourceType, plan: MessagePlan) {
    this.kind = type.kind;
    this.#plan = plan;
    this.#bookmarkPlan = planOf(type, BOOKMARK, new StringPool()) ?? plan;
  }

  page(bytes: Buffer): TrimmedPage {
    return this.guard(0, () => {
      const reader = new ProtobufReader(bytes, this.#strings);
      const { kind, end } = enterEnvelope(reader, { bytes, end: bytes.byteLength });
      if (kind !== `${this.kind}List`) throw new MalformedBytes(`a ${kind} where a ${this.kind}List belongs`, 0);
      const items: KubeObject[] = [];
      let metadata: Record<string, unknown> = {};
      reader.each(end, (number, wire) => {
        if (number === 1) metadata = reader.message(LIST_META_PLAN, reader.bytesEnd(wire, end));
        else if (number === 2) items.push(this.#object(reader, reader.bytesEnd(wire, end)));
        else reader.skip(wire, end);
      });
      const { resourceVersion, continue: token } = metadata;
      if (typeof resourceVersion !== 'string') throw new MalformedBytes('a list without resourceVersion', 0);
      const continueToken = typeof token === 'string' ? token : undefined;
      return { items, resourceVersion, continueToken, bytes: bytes.byteLength };
    });
  }

  /** One WatchEvent `{1: type, 2: {1: object}}` in `[0, end)`; `offset` is where it lies in the stream. */
  frame(bytes: Buffer, offset: number): WatchFrame {
    return this.guard(offset, () => {
      const reader = new ProtobufReader(bytes, this.#strings);
      let type = '';
      let raw = { start: 0, end: 0 };
      const frameEnd = bytes.byteLength;
      reader.each(frameEnd, (number, wire) => {
        if (number === 1) type = reader.text(reader.bytesEnd(wire, frameEnd));
        else if (number === 2) {
          const end = reader.bytesEnd(wire, frameEnd);
          reader.each(end, (field, fieldWire) => {
            if (field !== 1) return reader.skip(fieldWire, end);
            const rawEnd = reader.bytesEnd(fieldWire, end);
            raw = { start: reader.at, end: rawEnd };
            reader.at = rawEnd;
          });
        } else reader.skip(wire, frameEnd);
      });
      reader.at = raw.start;
      const { kind, end } = enterEnvelope(reader, { bytes, end: raw.end });
      if (type === 'ERROR')
        return { type, status: { ...reader.message(STATUS_PLAN, end), kind: 'Status', apiVersion: 'v1' } as Status };
      if (kind !== this.kind) throw new MalformedBytes(`a ${kind} where a ${this.kind} belongs`, raw.start);
      switch (type) {
        case 'ADDED':
        case 'MODIFIED':
        case 'DELETED':
          return { type, object: this.#object(reader, end) };
        case 'BOOKMARK':
          return bookmarkOf(reader.message(this.#bookmarkPlan, end)['metadata'] as Parameters<typeof bookmarkOf>[0]);
        default:
          throw new MalformedBytes(`a watch event of type ${JSON.stringify(type)}`, 0);
      }
    });
  }

  guard<T>(offset: number, work: () => T): T {
    try {
      return work();
    } catch (cause) {
      if (!(cause instanceof MalformedBytes)) throw cause;
      throw new CodecError(this.kind, { offset: offset + cause.offset, message: cause.message, cause });
    }
  }

  #object(reader: ProtobufReader, end: number): KubeObject {
    const start = reader.at;
    const fields = reader.message(this.#plan, end);
    const { metadata } = fields;
    if (
      typeof metadata !== 'object' ||
      metadata === null ||
      typeof (metadata as { name?: unknown }).name !== 'string'
    ) {
      throw new MalformedBytes('an object without metadata.name', start);
    }
    return fields as unknown as KubeObject;
  }
}

/** Frames of a watch: each preceded by its length in four bytes. */
class LengthReader implements FrameReader {
  readonly #decoder: Decoder;
  #parts: Uint8Array[] = [];
  #offset = 0;
  pending = 0;

  constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  push(chunk: Uint8Array, deliver: (frame: WatchFrame) => void): void {
    this.#parts.push(chunk);
    this.pending += chunk.byteLength;
    // A large frame comes in many chunks: put together once it is whole, not at each of them.
    const wanted = this.#wanted();
    if (wanted === undefined || this.pending < wanted) return;
    const only = this.#parts[0];
    const bytes =
      this.#parts.length === 1 && only !== undefined
        ? Buffer.from(only.buffer, only.byteOffset, only.byteLength)
        : Buffer.concat(this.#parts);
    let at = 0;
    while (bytes.byteLength - at >= 4) {
      const length = this.#checked(bytes.readUInt32BE(at));
      if (bytes.byteLength - at - 4 < length) break;
      deliver(this.#decoder.frame(bytes.subarray(at + 4, at + 4 + length), this.#offset + 4));
      at += 4 + length;
      this.#offset += 4 + length;
    }
    this.pending = bytes.byteLength - at;
    // A copy, so that a short rest does not keep a long chunk.
    this.#parts = this.pending === 0 ? [] : [Uint8Array.prototype.slice.call(bytes, at)];
  }

  /** Bytes of the next frame with its prefix; undefined while the prefix is incomplete. */
  #wanted(): number | undefined {
    if (this.pending < 4) return undefined;
    const first = this.#parts[0];
    if (first !== undefined && first.byteLength < 4) this.#parts = [Buffer.concat(this.#parts)];
    const head = this.#parts[0] as Uint8Array;
    return 4 + this.#checked(new DataView(head.buffer, head.byteOffset, 4).getUint32(0));
  }

  #checked(length: number): number {
    if (length <= MAX_FRAME_BYTES) return length;
    throw new CodecError(this.#decoder.kind, { offset: this.#offset, message: `a watch event of ${length} bytes` });
  }
}

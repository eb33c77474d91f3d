/**
 * The seam between wire and cache: answers of lists and watches become trimmed objects, whatever form they came in. One
 * codec per type and projection. What cannot be decoded throws `CodecError`, which names the kind and the offset;
 * nothing half-decoded gets out.
 */
import type { KubeObject, Status } from '../shapes/kube.ts';
import { readBytes } from './body.ts';
import { trimmer } from './project.ts';
import type { Projection } from './projection.ts';
import type { ResourceType } from './resource.ts';
import type { KubeResponse, WatchEvent } from '../shapes/transport.ts';
import type { StringPool } from './string-pool.ts';
import { given } from '../std/given.ts';

export interface TrimmedPage {
  readonly items: readonly KubeObject[];
  readonly resourceVersion: string;
  /** Absent on the last page. */
  readonly continueToken: string | undefined;
  /** Of the answer, where it came as bytes. */
  readonly bytes?: number;
}

export type WatchFrame =
  | { readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'; readonly object: KubeObject }
  /** `initialEventsEnd`: the state that a streamed list began with is complete. */
  | { readonly type: 'BOOKMARK'; readonly resourceVersion: string; readonly initialEventsEnd: boolean }
  | { readonly type: 'ERROR'; readonly status: Status };

/** Cuts a watch's byte stream into frames. Holds at most one unfinished frame. */
export interface FrameReader {
  push(chunk: Uint8Array, deliver: (frame: WatchFrame) => void): void;
  /** Bytes of an unfinished frame. */
  readonly pending: number;
}

export interface Codec {
  readonly listAccept: string;
  readonly watchAccept: string;
  readonly readPage: (response: KubeResponse) => Promise<TrimmedPage>;
  /** For an answer whose body is bytes. */
  readonly frames: (response: KubeResponse) => FrameReader;
  /** For an answer whose body is events. */
  readonly frame: (event: WatchEvent<unknown>) => WatchFrame;
}

export class CodecError extends Error {
  override readonly name = 'CodecError';
  readonly code = 'Malformed';
  readonly kind: string;
  /** Bytes from the start of the body (of the list page, of the watch stream). */
  readonly offset: number;

  constructor(kind: string, at: { readonly offset: number; readonly message: string; readonly cause?: unknown }) {
    super(`${kind} at byte ${at.offset}: ${at.message}`, { cause: at.cause });
    this.kind = kind;
    this.offset = at.offset;
  }
}

/**
 * Largest frame of a watch. etcd takes objects of 1.5 MiB and the API server request bodies of 3 MiB; as JSON with
 * escapes that is well below sixteen. A frame beyond it is a stream that lost its framing.
 */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

export function jsonCodec(type: ResourceType, projection: Projection, pool: StringPool): Codec {
  const trim = trimmer(type, projection, pool);
  const { kind } = type;
  const frame = (event: unknown, offset: number): WatchFrame => {
    const { type: eventType, object } = (event ?? {}) as Partial<WatchEvent<unknown>>;
    switch (eventType) {
      case 'ADDED':
      case 'MODIFIED':
      case 'DELETED':
        return { type: eventType, object: guard(kind, offset, () => trim(object)) };
      case 'BOOKMARK':
        return bookmarkOf((object as { readonly metadata?: BookmarkMetadata } | undefined)?.metadata);
      case 'ERROR':
        return { type: eventType, status: object as Status };
      default:
        throw new CodecError(kind, { offset, message: `a watch event of type ${JSON.stringify(eventType)}` });
    }
  };
  return {
    listAccept: 'application/json',
    watchAccept: 'application/json',
    async readPage({ body }) {
      if (body.form === 'events')
        throw new CodecError(kind, { offset: 0, message: 'a list was answered with a watch' });
      const { value, bytes } = body.form === 'object' ? { value: body.value } : await readJson(kind, body.chunks);
      const list = (value ?? {}) as { items?: unknown; metadata?: { resourceVersion?: string; continue?: string } };
      // Go writes an empty slice as null.
      const items = list.items ?? [];
      const resourceVersion = list.metadata?.resourceVersion;
      if (!Array.isArray(items) || typeof resourceVersion !== 'string' || resourceVersion === '') {
        throw new CodecError(kind, { offset: 0, message: 'the answer is not a list' });
      }
      const trimmed = items.map((item) => guard(kind, 0, () => trim(item)));
      return {
        items: trimmed,
        resourceVersion,
        continueToken: list.metadata?.continue || undefined,
        ...given({ bytes }),
      };
    },
    frames: () => new LineReader(kind, frame),
    frame: (event) => frame(event, 0),
  };
}

function guard<T>(kind: string, offset: number, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new CodecError(kind, { offset, message: cause instanceof Error ? cause.message : String(cause), cause });
  }
}

/**
 * Marks the bookmark after the last initial event.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists
 */
export const INITIAL_EVENTS_END = 'k8s.io/initial-events-end';

interface BookmarkMetadata {
  readonly resourceVersion?: string;
  readonly annotations?: Readonly<Record<string, string>> | null;
}

export const bookmarkOf = (metadata: BookmarkMetadata | undefined): WatchFrame => ({
  type: 'BOOKMARK',
  resourceVersion: metadata?.resourceVersion ?? '',
  initialEventsEnd: metadata?.annotations?.[INITIAL_EVENTS_END] === 'true',
});

async function readJson(
  kind: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<{ readonly value: unknown; readonly bytes?: number }> {
  const read = await readBytes(chunks);
  return { value: parseJson(kind, read, 0), bytes: read.byteLength };
}

const parseJson = (kind: string, bytes: Buffer, offset: number): unknown =>
  guard(kind, offset, () => JSON.parse(bytes.toString('utf8')) as unknown);

const NEWLINE = 10;

/** Newline-delimited JSON. */
class LineReader implements FrameReader {
  readonly #kind: string;
  readonly #frame: (event: unknown, offset: number) => WatchFrame;
  #parts: Uint8Array[] = [];
  #offset = 0;
  pending = 0;

  constructor(kind: string, frame: (event: unknown, offset: number) => WatchFrame) {
    this.#kind = kind;
    this.#frame = frame;
  }

  push(chunk: Uint8Array, deliver: (frame: WatchFrame) => void): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const line = this.#line(chunk.subarray(start, end));
      if (line.byteLength > 0) deliver(this.#frame(parseJson(this.#kind, line, this.#offset), this.#offset));
      this.#offset += line.byteLength + 1;
      start = end + 1;
    }
    if (start === chunk.byteLength) return;
    // A copy, since the rest may wait long and must not keep the whole chunk, nor see it overwritten.
    this.#parts.push(start === 0 ? chunk : Uint8Array.prototype.slice.call(chunk, start));
    this.pending += chunk.byteLength - start;
    if (this.pending > MAX_FRAME_BYTES) {
      throw new CodecError(this.#kind, {
        offset: this.#offset,
        message: `a watch event exceeds ${MAX_FRAME_BYTES} bytes`,
      });
    }
  }

  #line(last: Uint8Array): Buffer {
    if (this.#parts.length === 0) return Buffer.from(last.buffer, last.byteOffset, last.byteLength);
    const line = Buffer.concat([...this.#parts, last]);
    this.#parts = [];
    this.pending = 0;
    return line;
  }
}

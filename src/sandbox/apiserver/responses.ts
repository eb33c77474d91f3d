/**
 * Answers as they leave the server: JSON values stay objects until somebody writes them to a socket, YAML and protobuf
 * are bytes.
 */
import type { KubeBody, KubeResponse } from '../../shapes/transport.ts';
import { assert } from '../../std/assert.ts';
import { encodeObject, encodeWatchEvent, type Encodable } from '../protobuf/encoder.ts';
import { ApiError, notEncodable } from '../machinery/errors.ts';
import { type Accepted, PROTOBUF, refusalForm } from './negotiate.ts';
import { yamlText } from './rendering.ts';
import type { Served } from './request-scope.ts';
import type { Event } from '../verbs/watches.ts';

export const NOT_SNIFFED = { 'x-content-type-options': 'nosniff' };
const TEXT_TYPE = 'text/plain; charset=utf-8';

/** The path belongs to no group at all: plain text, as the outermost router answers. */
export class PathNotFound extends ApiError {
  constructor() {
    super({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message: '404 page not found\n',
      code: 404,
    });
  }
}

export function failure(error: ApiError, requested: Readonly<Record<string, string>> = {}): KubeResponse {
  if (error instanceof PathNotFound) return text(404, '404 page not found\n');
  const retry = error.status.details?.retryAfterSeconds;
  const form = refusalForm(requested['accept']);
  const bytes =
    form === 'protobuf'
      ? encodeObject({ ...error.status })
      : form === 'yaml'
        ? Buffer.from(yamlText(error.status))
        : undefined;
  return {
    status: error.code,
    headers: {
      'content-type': bytes === undefined ? 'application/json' : form === 'yaml' ? 'application/yaml' : PROTOBUF,
      ...(error.unauthorized ? NOT_SNIFFED : {}),
      ...warningHeader(error.warnings),
      ...(retry && error.code >= 429 ? { 'retry-after': String(retry) } : {}),
    },
    body: bytes === undefined ? { form: 'object', value: error.status } : bytesOf(bytes),
  };
}

export const text = (status: number, content: string, contentType = TEXT_TYPE): KubeResponse => ({
  status,
  // As Go's server refuses in plain text.
  headers: { 'content-type': contentType, ...(status >= 400 ? NOT_SNIFFED : {}) },
  body: bytesOf(Buffer.from(content)),
});

export const object = (value: unknown, contentType = 'application/json'): KubeResponse => ({
  status: 200,
  headers: { 'content-type': contentType },
  body: { form: 'object', value },
});

export const binary = (bytes: Uint8Array, contentType: string): KubeResponse => ({
  status: 200,
  headers: { 'content-type': contentType },
  body: bytesOf(bytes),
});

export function respond(answer: Served, accepted: Accepted): KubeResponse {
  const { status } = answer;
  const warned = warningHeader(answer.warnings);
  if (answer.text !== undefined) {
    const headers = { ...(answer.text === '' ? {} : { 'content-type': 'text/plain' }), ...warned };
    return { status, headers, body: bytesOf(Buffer.from(answer.text)) };
  }
  const headers = { 'content-type': accepted.contentType, ...warned };
  if (accepted.media === 'yaml') return { status, headers, body: bytesOf(Buffer.from(yamlText(answer.value))) };
  if (accepted.media === 'protobuf') return { status, headers, body: bytesOf(encoded(answer.value as Encodable)) };
  return { status, headers, body: { form: 'object', value: answer.value } };
}

export function watchResponse(events: AsyncIterable<Event>, { media, contentType }: Accepted): KubeResponse {
  if (media !== 'protobuf')
    return { status: 200, headers: { 'content-type': contentType }, body: { form: 'events', events } };
  return {
    status: 200,
    headers: { 'content-type': `${PROTOBUF};stream=watch` },
    body: { form: 'bytes', chunks: frames(events) },
  };
}

const PARTIAL = { apiVersion: 'meta.k8s.io/v1', kind: 'PartialObjectMetadata' };

async function* frames(events: AsyncIterable<Event>): AsyncGenerator<Uint8Array> {
  for await (const { type, object: value } of events) {
    const object = value as Encodable;
    // A custom kind is watched in protobuf as its metadata alone; its bookmarks come as the kind itself.
    const frame = encodeWatchEvent(type, object) ?? encodeWatchEvent(type, { ...object, ...PARTIAL });
    assert(frame !== undefined, 'the field table has PartialObjectMetadata');
    yield frame;
  }
}

function encoded(value: Encodable): Buffer {
  const bytes = encodeObject(value);
  if (bytes === undefined) throw notEncodable(value.kind);
  return bytes;
}

const bytesOf = (content: Uint8Array): KubeBody => ({
  form: 'bytes',
  chunks: (async function* () {
    yield content;
  })(),
});

/** Characters a quoted header text may not have as they are. */
const warningText = (warning: string): string =>
  `299 - "${warning
    .replaceAll('\\', '\\\\')
    .replaceAll('"', '\\"')
    .replace(/\p{Cc}/gu, ' ')}"`;

/** Each text once. */
function warningHeader(texts: readonly string[]): { readonly warning?: string } {
  return texts.length === 0 ? {} : { warning: [...new Set(texts)].map(warningText).join(', ') };
}

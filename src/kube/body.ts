/** Reading the bodies of answers, whatever their form. Every reader is bounded. */
import { type KubeBody, TransportError } from '../shapes/transport.ts';

/**
 * Largest body read whole: a page of 500 objects at etcd's limit of 1.5 MiB an object is 750 MB in theory; in practice
 * a page of 2,000 pods of
 * 30 KB is 60 MB. Above 512 MiB a JavaScript string could not hold it anyway.
 */
export const MAX_BODY_BYTES = 512 * 1024 * 1024;

/** All bytes of a body. Throws `BodyTooLarge`, and whatever the connection threw. */
export async function readBytes(chunks: AsyncIterable<Uint8Array>, maxBytes = MAX_BODY_BYTES): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of chunks) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new TransportError('BodyTooLarge', `the answer exceeds ${maxBytes} bytes`, { delivered: 'maybe' });
    parts.push(chunk);
  }
  const only = parts[0];
  if (parts.length === 1 && only !== undefined) return Buffer.from(only.buffer, only.byteOffset, only.byteLength);
  return Buffer.concat(parts, size);
}

export interface ReadValue {
  readonly value: unknown;
  /** Absent of a body that did not come as bytes. */
  readonly bytes?: number;
}

/** The decoded JSON value of a body, or its text when it is not JSON (a proxy's error page). Undefined when empty. */
export async function readValue(body: KubeBody): Promise<ReadValue> {
  if (body.form === 'object') return { value: body.value };
  if (body.form === 'events') {
    // Only a watch answers so, and a watch is never read whole: end it.
    await body.events[Symbol.asyncIterator]().return?.();
    return { value: undefined };
  }
  const read = await readBytes(body.chunks);
  const [text, bytes] = [read.toString('utf8'), read.byteLength];
  if (text === '') return { value: undefined, bytes };
  try {
    return { value: JSON.parse(text) as unknown, bytes };
  } catch {
    return { value: text, bytes };
  }
}

/** Lets go of a body that nobody will read, so that its connection can be used again or is closed. */
export async function discard(body: KubeBody): Promise<void> {
  if (body.form === 'bytes') await body.chunks[Symbol.asyncIterator]().return?.();
  else if (body.form === 'events') await body.events[Symbol.asyncIterator]().return?.();
}

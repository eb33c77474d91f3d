/** Kubelets whose clocks are off: the operator reads all times that kubelets write shifted by so much. */
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { KubeResponse, Transport, WatchEvent } from '../../src/shapes/transport.ts';
import { fromTimestamp, toMicroTime, toTimestamp } from '../../src/std/clock.ts';

/** Of status and spec of a kind the parts with times of kubelets. */
const OF_KUBELETS: Readonly<Record<string, readonly string[]>> = { Pod: ['status'], Node: ['status'], Lease: ['spec'] };
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/;

export const skewedKubelets =
  (byMs: number) =>
  (inner: Transport): Transport => ({
    send: async (request, signal) => {
      // As objects: the bytes of another form would have to be read first.
      const headers = { ...request.headers, accept: 'application/json' };
      return skewed(await inner.send({ ...request, headers }, signal), byMs);
    },
  });

function skewed(response: KubeResponse, byMs: number): KubeResponse {
  const { body } = response;
  switch (body.form) {
    case 'bytes':
      return response;
    case 'object':
      return { ...response, body: { form: 'object', value: shifted(body.value, byMs) } };
    case 'events':
      return { ...response, body: { form: 'events', events: eventsOf(body.events, byMs) } };
  }
}

async function* eventsOf(
  events: AsyncIterable<WatchEvent<unknown>>,
  byMs: number,
): AsyncGenerator<WatchEvent<unknown>> {
  for await (const event of events) yield { ...event, object: shifted(event.object, byMs) };
}

function shifted(value: unknown, byMs: number): unknown {
  const object = value as Partial<KubeObject> & { readonly items?: readonly unknown[] };
  if (Array.isArray(object?.items)) {
    const kind = object.kind?.replace(/List$/, '');
    return { ...object, items: object.items.map((item) => shifted({ kind, ...(item as object) }, byMs)) };
  }
  const parts = OF_KUBELETS[object?.kind ?? ''];
  if (parts === undefined) return value;
  return { ...object, ...Object.fromEntries(parts.map((part) => [part, deep(object[part as 'metadata'], byMs)])) };
}

function deep(value: unknown, byMs: number): unknown {
  if (Array.isArray(value)) return value.map((one) => deep(one, byMs));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, deep(inner, byMs)]));
  if (typeof value !== 'string' || !TIME.test(value)) return value;
  const at = (fromTimestamp(value) ?? 0) + byMs;
  return value.includes('.') ? toMicroTime(at) : toTimestamp(at);
}

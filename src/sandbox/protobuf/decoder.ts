/**
 * Decodes built-in objects from `application/vnd.kubernetes.protobuf`, which `kubectl create` and typed Go clients
 * send. What Go could not tell from absent (zero scalars that are no pointers, empty structs) is left out, so that
 * defaulting sees what the real server's would.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { toTimestamp } from '../../std/clock.ts';
import { EMBEDDED_JSON, fieldsOf, MAGIC, packageOf, resolve, scalarName, TIMES } from './field-table.ts';

/** Names what is wrong with the bytes. */
export class ProtobufError extends Error {
  override readonly name = 'ProtobufError';
}

export type Decoded = { apiVersion: string; kind: string } & Record<string, unknown>;

export const isProtobuf = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(0, MAGIC.byteLength)).equals(MAGIC);

/** Throws a ProtobufError for bytes that end too early, and for kinds that have no protobuf. */
export function decodeObject(bytes: Uint8Array): Decoded {
  const envelope = new Map(
    entries(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).subarray(MAGIC.byteLength)),
  );
  const typeMeta = new Map(entries(asBytes(envelope.get(1))));
  const [apiVersion, kind] = [asBytes(typeMeta.get(1)).toString(), asBytes(typeMeta.get(2)).toString()];
  const pack = packageOf(apiVersion, kind);
  if (pack === undefined) throw new ProtobufError(`no kind "${kind}" of "${apiVersion}" is encoded in protobuf`);
  return { apiVersion, kind, ...decodeMessage(pack, kind, asBytes(envelope.get(2))) };
}

type Wire = Buffer | bigint;

/** Fields of a message in their order: bytes for length-delimited and 64-bit ones, else the number. */
function* entries(message: Buffer): Generator<[number: number, value: Wire]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) break;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new ProtobufError('unexpected EOF');
  };
  const take = (length: number): Buffer => {
    if (at + length > message.byteLength) throw new ProtobufError('unexpected EOF');
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.byteLength) {
    const key = Number(varint());
    const [number, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield [number, varint()];
    else if (wire === 1) yield [number, take(8)];
    else if (wire === 2) yield [number, take(Number(varint()))];
    else throw new ProtobufError(`proto: illegal wireType ${wire}`);
  }
}

const EMPTY = Buffer.alloc(0);
const asBytes = (value: Wire | undefined): Buffer =>
  value === undefined ? EMPTY : Buffer.isBuffer(value) ? value : EMPTY;
const asInteger = (value: Wire | undefined): number =>
  typeof value === 'bigint' ? Number(BigInt.asIntN(64, value)) : 0;

function decodeMessage(pack: string, name: string, message: Buffer): Record<string, unknown> {
  const fields = new Map(fieldsOf(pack, name).map((field) => [field.number, field]));
  const object: Record<string, unknown> = {};
  for (const [number, value] of entries(message)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    const type = resolve(pack, field.goType);
    if (field.inline) {
      Object.assign(object, decodeMessage(type.pack, type.goType, asBytes(value)));
      continue;
    }
    const map = /^map\[[^\]]+\](.+)$/.exec(type.goType);
    if (map) {
      const entry = new Map(entries(asBytes(value)));
      const held = (object[field.name] ??= {}) as Record<string, unknown>;
      held[asBytes(entry.get(1)).toString()] = decodeValue(
        { pack: type.pack, goType: map[1] ?? '' },
        entry.get(2) ?? EMPTY,
      );
    } else if (type.goType.startsWith('[]') && type.goType !== '[]byte') {
      const held = (object[field.name] ??= []) as unknown[];
      held.push(decodeValue({ pack: type.pack, goType: type.goType.slice(2) }, value));
    } else {
      const decoded = decodeValue({ pack, goType: field.goType }, value);
      if (decoded !== undefined && (field.pointer || !isZero(decoded))) object[field.name] = decoded;
    }
  }
  return object;
}

const isZero = (value: unknown): boolean =>
  value === '' ||
  value === 0 ||
  value === false ||
  (typeof value === 'object' && value !== null && Object.keys(value).length === 0);

/** Undefined: a time that is not set. */
function decodeValue(field: { readonly pack: string; readonly goType: string }, value: Wire): unknown {
  const { pack, goType, message } = resolve(field.pack, field.goType);
  if (message) return decodeMessage(pack, goType, asBytes(value));
  if (goType === '[]byte') return asBytes(value).toString('base64');
  if (goType.startsWith('[]')) throw new ProtobufError(`a list of lists (${goType}) has no protobuf`);
  const scalar = scalarName(pack, goType);
  if (TIMES.has(scalar)) return decodeTime(asBytes(value), scalar);
  if (EMBEDDED_JSON.has(scalar)) {
    const raw = asBytes(new Map(entries(asBytes(value))).get(1));
    return raw.byteLength === 0 ? undefined : (JSON.parse(raw.toString()) as unknown);
  }
  switch (scalar) {
    case 'bool':
      return asInteger(value) !== 0;
    case 'int':
    case 'int32':
    case 'int64':
      return asInteger(value);
    case 'float64':
      return asBytes(value).readDoubleLE();
    case 'resource.Quantity':
      return asBytes(new Map(entries(asBytes(value))).get(1)).toString();
    case 'intstr.IntOrString': {
      const parts = new Map(entries(asBytes(value)));
      return asInteger(parts.get(1)) === 1 ? asBytes(parts.get(3)).toString() : asInteger(parts.get(2));
    }
    default:
      return asBytes(value).toString();
  }
}

/** `{1: seconds, 2: nanos}`. Times have whole seconds on the wire, micro times six decimals. */
function decodeTime(message: Buffer, type: string): string | undefined {
  if (message.byteLength === 0) return undefined;
  const parts = new Map(entries(message));
  const text = toTimestamp(asInteger(parts.get(1)) * 1000);
  if (type !== 'meta/v1.MicroTime') return text;
  return `${text.slice(0, -1)}.${String(Math.floor(asInteger(parts.get(2)) / 1000)).padStart(6, '0')}Z`;
}

/**
 * Encodes built-in objects as the API server does in `application/vnd.kubernetes.protobuf`, from the published field table: every scalar that is no
 * pointer is written even when zero, as Kubernetes' generated Go code does; maps are sorted by key; an Unknown envelope with four magic bytes around.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 */
import { fromTimestamp } from '../../std/clock.ts';
import { EMBEDDED_JSON, fieldsOf, MAGIC, packageOf, resolve, scalarName, TIMES } from './field-table.ts';

type Fields = Readonly<Record<string, unknown>>;

const EMPTY = Buffer.alloc(0);

/** `k8s\0` and Unknown `{1: {1: apiVersion, 2: kind}, 2: raw, 3: "", 4: ""}`. Undefined for kinds that have no protobuf (custom resources). */
export function encodeObject(object: {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}): Buffer | undefined {
  const pack = packageOf(object.apiVersion, object.kind);
  return pack === undefined ? undefined : envelope(object, encodeMessage(pack, object.kind, object));
}

/** One frame of a watch: four bytes of length, `{1: type, 2: {1: object}}`. */
export function encodeWatchEvent(type: string, object: { readonly apiVersion: string; readonly kind: string }): Buffer | undefined {
  const raw = encodeObject(object);
  if (raw === undefined) return undefined;
  const event = Buffer.concat([lengthDelimited(1, Buffer.from(type)), lengthDelimited(2, lengthDelimited(1, raw))]);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(event.byteLength);
  return Buffer.concat([length, event]);
}

function envelope({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }, raw: Buffer): Buffer {
  const typeMeta = Buffer.concat([lengthDelimited(1, Buffer.from(apiVersion)), lengthDelimited(2, Buffer.from(kind))]);
  return Buffer.concat([
    MAGIC,
    lengthDelimited(1, typeMeta),
    lengthDelimited(2, raw),
    lengthDelimited(3, EMPTY),
    lengthDelimited(4, EMPTY),
  ]);
}

function encodeMessage(pack: string, name: string, object: Fields): Buffer {
  const parts: Buffer[] = [];
  for (const field of fieldsOf(pack, name)) {
    const value = field.inline ? object : object[field.name];
    if ((value === undefined || value === null) && (field.pointer || isAbsent(pack, field.goType))) continue;
    encodeField(parts, { pack, ...field }, value);
  }
  return Buffer.concat(parts);
}

type Typed = { readonly pack: string; readonly number: number; readonly goType: string };

/** Lists, maps and bytes that are not there write nothing. */
function isAbsent(pack: string, goType: string): boolean {
  const { goType: resolved } = resolve(pack, goType);
  return resolved.startsWith('[]') || resolved.startsWith('map[');
}

function encodeField(parts: Buffer[], field: Typed, value: unknown): void {
  const { number } = field;
  const { pack, goType, message } = resolve(field.pack, field.goType);
  if (message) {
    parts.push(lengthDelimited(number, encodeMessage(pack, goType, (value ?? {}) as Fields)));
    return;
  }
  if (goType === '[]byte') {
    parts.push(lengthDelimited(number, Buffer.from(String(value), 'base64')));
    return;
  }
  if (goType.startsWith('[]')) {
    for (const element of value as readonly unknown[]) encodeField(parts, { pack, number, goType: goType.slice(2) }, element);
    return;
  }
  const map = /^map\[[^\]]+\](.+)$/.exec(goType);
  if (map) {
    for (const [key, entry] of Object.entries(value as Fields).sort(([a], [b]) => (a < b ? -1 : 1))) {
      const inner: Buffer[] = [lengthDelimited(1, Buffer.from(key))];
      encodeField(inner, { pack, number: 2, goType: map[1] as string }, entry);
      parts.push(lengthDelimited(number, Buffer.concat(inner)));
    }
    return;
  }
  parts.push(encodeScalar(number, scalarName(pack, goType), value));
}

function encodeScalar(number: number, goType: string, value: unknown): Buffer {
  if (TIMES.has(goType)) return lengthDelimited(number, encodeTime(value));
  if (EMBEDDED_JSON.has(goType))
    return lengthDelimited(number, value === undefined || value === null ? EMPTY : lengthDelimited(1, Buffer.from(JSON.stringify(value))));
  switch (goType) {
    case 'bool':
      return Buffer.concat([tag(number, 0), varint(value === true ? 1 : 0)]);
    case 'int':
    case 'int32':
    case 'int64':
      return Buffer.concat([tag(number, 0), varint(typeof value === 'number' ? value : 0)]);
    case 'float64': {
      const double = Buffer.alloc(8);
      double.writeDoubleLE(typeof value === 'number' ? value : 0);
      return Buffer.concat([tag(number, 1), double]);
    }
    case 'resource.Quantity':
      return lengthDelimited(number, lengthDelimited(1, Buffer.from(textOf(value) || '0')));
    case 'intstr.IntOrString': {
      const isText = typeof value === 'string';
      const text = Buffer.from(isText ? value : '');
      return lengthDelimited(
        number,
        Buffer.concat([
          tag(1, 0),
          varint(isText ? 1 : 0),
          tag(2, 0),
          varint(typeof value === 'number' ? value : 0),
          lengthDelimited(3, text),
        ]),
      );
    }
    default:
      return lengthDelimited(number, Buffer.from(textOf(value)));
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '');

/** `{1: seconds, 2: nanos}`; nothing for a time that is not set. */
function encodeTime(value: unknown): Buffer {
  const at = typeof value === 'string' ? fromTimestamp(value) : undefined;
  if (at === undefined || typeof value !== 'string') return EMPTY;
  const fraction = /\.(\d{1,9})/.exec(value)?.[1] ?? '';
  return Buffer.concat([tag(1, 0), varint(Math.floor(at / 1000)), tag(2, 0), varint(Number(fraction.padEnd(9, '0')))]);
}

const tag = (number: number, wire: number): Buffer => varint(number * 8 + wire);

const lengthDelimited = (number: number, bytes: Buffer): Buffer => Buffer.concat([tag(number, 2), varint(bytes.byteLength), bytes]);

/** Negative numbers as 64-bit two's complement, ten bytes. */
function varint(value: number): Buffer {
  if (value >= 0 && value < 128) return Buffer.from([value]);
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(Math.trunc(value)));
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/**
 * Encodes built-in objects as the API server does in `application/vnd.kubernetes.protobuf`, from the published field
 * table: every scalar that is no pointer is written even when zero, as Kubernetes' generated Go code does; maps are
 * sorted by key; an Unknown envelope with four magic bytes around.
 * https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
 *
 * Each type is compiled once to the writers of its fields. All of it runs from the end of the message to its start, as
 * `Writer` does.
 */
import { fromTimestamp } from '../../std/clock.ts';
import { EMBEDDED_JSON, fieldsOf, MAGIC, packageOf, resolve, scalarName, TIMES } from './field-table.ts';
import { Writer } from './writer.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface Encodable {
  readonly apiVersion: string;
  readonly kind: string;
  readonly [field: string]: unknown;
}

const writer = new Writer();

/**
 * `k8s\0` and Unknown `{1: {1: apiVersion, 2: kind}, 2: raw, 3: "", 4: ""}`. Undefined for kinds that have no protobuf
 * (custom resources).
 */
export function encodeObject(object: Encodable): Buffer | undefined {
  return writing(() => writeObject(object));
}

/** One frame of a watch: four bytes of length, `{1: type, 2: {1: object}}`. */
export function encodeWatchEvent(type: string, object: Encodable): Buffer | undefined {
  return writing(() => {
    if (!writeObject(object)) return false;
    writer.delimit(1, 0);
    writer.delimit(2, 0);
    const mark = writer.written;
    writer.text(type);
    writer.delimit(1, mark);
    writer.uint32(writer.written);
    return true;
  });
}

/** Whatever stops the writing, the next object starts on an empty writer. */
function writing(write: () => boolean): Buffer | undefined {
  try {
    return write() ? writer.finish() : undefined;
  } finally {
    writer.reset();
  }
}

function writeObject(object: Encodable): boolean {
  const pack = packageOf(object.apiVersion, object.kind);
  if (pack === undefined) return false;
  writer.delimit(4, writer.written);
  writer.delimit(3, writer.written);
  const raw = writer.written;
  writeFields(writersOf(pack, object.kind), object);
  writer.delimit(2, raw);
  const typeMeta = writer.written;
  writeText(2, object.kind);
  writeText(1, object.apiVersion);
  writer.delimit(1, typeMeta);
  writer.bytes(MAGIC);
  return true;
}

function writeText(number: number, text: string): void {
  const mark = writer.written;
  writer.text(text);
  writer.delimit(number, mark);
}

type WriteValue = (number: number, value: unknown) => void;

interface FieldWriter {
  readonly name: string;
  readonly number: number;
  readonly inline: boolean;
  /** What is not there writes nothing: pointers, lists, maps, bytes. */
  readonly optional: boolean;
  readonly write: WriteValue;
}

const compiled = new Map<string, FieldWriter[]>();

/** The fields of a type, the last one first. */
function writersOf(pack: string, name: string): readonly FieldWriter[] {
  const id = `${pack}.${name}`;
  let writers = compiled.get(id);
  if (writers === undefined) {
    writers = [];
    // Set before its fields are compiled: some types contain themselves.
    compiled.set(id, writers);
    for (const { goType, pointer, ...field } of fieldsOf(pack, name).toReversed()) {
      const resolved = resolve(pack, goType).goType;
      const optional = pointer || resolved.startsWith('[]') || resolved.startsWith('map[');
      writers.push({
        name: field.name,
        number: field.number,
        inline: field.inline,
        optional,
        write: writeOf(pack, goType),
      });
    }
  }
  return writers;
}

function writeFields(writers: readonly FieldWriter[], object: Fields): void {
  for (const { name, number, inline, optional, write } of writers) {
    const value = inline ? object : object[name];
    if (optional && (value === undefined || value === null)) continue;
    write(number, value);
  }
}

const NOTHING: Fields = {};

function writeOf(inPack: string, ofType: string): WriteValue {
  const { pack, goType, message } = resolve(inPack, ofType);
  if (message) {
    const writers = writersOf(pack, goType);
    return (number, value) => {
      const mark = writer.written;
      writeFields(writers, (value ?? NOTHING) as Fields);
      writer.delimit(number, mark);
    };
  }
  if (goType === '[]byte') {
    return (number, value) => {
      const mark = writer.written;
      writer.bytes(Buffer.from(String(value), 'base64'));
      writer.delimit(number, mark);
    };
  }
  if (goType.startsWith('[]')) {
    const write = writeOf(pack, goType.slice(2));
    return (number, value) => {
      const elements = value as readonly unknown[];
      for (let i = elements.length - 1; i >= 0; i--) write(number, elements[i]);
    };
  }
  const map = /^map\[[^\]]+\](.+)$/.exec(goType);
  if (map) {
    const write = writeOf(pack, map[1] as string);
    return (number, value) => {
      const entries = value as Fields;
      const keys = Object.keys(entries).sort();
      for (let i = keys.length - 1; i >= 0; i--) {
        const key = keys[i] as string;
        const mark = writer.written;
        write(2, entries[key]);
        writeText(1, key);
        writer.delimit(number, mark);
      }
    };
  }
  return scalarWriter(scalarName(pack, goType));
}

function scalarWriter(goType: string): WriteValue {
  if (TIMES.has(goType)) return writeTime;
  if (EMBEDDED_JSON.has(goType)) {
    return (number, value) => {
      const mark = writer.written;
      if (value !== undefined && value !== null) writeText(1, JSON.stringify(value));
      writer.delimit(number, mark);
    };
  }
  switch (goType) {
    case 'bool':
      return (number, value) => writeInteger(number, value === true ? 1 : 0);
    case 'int':
    case 'int32':
    case 'int64':
      return (number, value) => writeInteger(number, typeof value === 'number' ? value : 0);
    case 'float64':
      return (number, value) => {
        writer.double(typeof value === 'number' ? value : 0);
        writer.varint(number * 8 + 1);
      };
    case 'resource.Quantity':
      return (number, value) => {
        const mark = writer.written;
        writeText(1, textOf(value) || '0');
        writer.delimit(number, mark);
      };
    case 'intstr.IntOrString':
      return (number, value) => {
        const mark = writer.written;
        writeText(3, typeof value === 'string' ? value : '');
        writeInteger(2, typeof value === 'number' ? value : 0);
        writeInteger(1, typeof value === 'string' ? 1 : 0);
        writer.delimit(number, mark);
      };
    default:
      return (number, value) => writeText(number, textOf(value));
  }
}

const textOf = (value: unknown): string =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

function writeInteger(number: number, value: number): void {
  writer.varint(value);
  writer.varint(number * 8);
}

/** `{1: seconds, 2: nanos}`; nothing for a time that is not set. */
function writeTime(number: number, value: unknown): void {
  const mark = writer.written;
  const at = typeof value === 'string' ? fromTimestamp(value) : undefined;
  if (at !== undefined && typeof value === 'string') {
    const fraction = /\.(\d{1,9})/.exec(value)?.[1] ?? '';
    writeInteger(2, Number(fraction.padEnd(9, '0')));
    writeInteger(1, Math.floor(at / 1000));
  }
  writer.delimit(number, mark);
}

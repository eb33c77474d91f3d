/** What rules see of a schema: its type in the expression language, with the sizes that bound the cost of a rule. */
import {
  BOOL,
  BYTES,
  type CelType,
  DOUBLE,
  DURATION,
  DYN,
  INT,
  listOf,
  mapOf,
  type ObjectField,
  STRING,
  TIMESTAMP,
} from '../../cel/index.ts';
import { additionalSchema, readSchema, type Schema } from './schema.ts';

/** The largest request body the server takes, and so the largest value a field can have. */
export const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
/** The smallest JSON of each type: `""`, `true`, `0`, `"0"` as a duration, a date and an instant in quotes. */
const MIN_BYTES = { string: 2, bool: 4, number: 1, duration: 3, date: 12, instant: 21, container: 2 };
/** The longest text of a duration, an instant, a date, quotes included. */
const MAX_TEXT = { duration: 32, instant: 32, date: 12 };
/** A character takes up to four bytes; maxLength counts characters, costs count bytes. */
const BYTES_PER_CHARACTER = 4;

const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

/**
 * A property's name as an identifier of the language; undefined when it cannot be one.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#escaping
 */
export function escapeName(name: string): string | undefined {
  if (!/^[a-zA-Z_./-][a-zA-Z0-9_./-]*$/.test(name)) return undefined;
  if (RESERVED.has(name)) return `__${name}__`;
  return name
    .replaceAll('__', '__underscores__')
    .replaceAll('.', '__dot__')
    .replaceAll('-', '__dash__')
    .replaceAll('/', '__slash__');
}

const NAMES_ONLY = readSchema({
  type: 'object',
  properties: { name: { type: 'string' }, generateName: { type: 'string' } },
});
const TEXT = readSchema({ type: 'string' });

/** The root of a resource shows its type and its names, declared or not. */
function withMeta(schema: Schema): Schema {
  const properties = new Map(schema.properties);
  properties.set('kind', TEXT).set('apiVersion', TEXT).set('metadata', NAMES_ONLY);
  return { ...schema, properties };
}

/** Undefined: the value is unknown to rules. */
export function ruleType(schema: Schema, isResource = schema.embedded): CelType | undefined {
  if (schema.intOrString) {
    const maxElements = schema.maxLength === undefined ? MAX_REQUEST_BYTES - 2 : schema.maxLength * BYTES_PER_CHARACTER;
    return { ...DYN, maxElements, minSize: 1, format: 'int-or-string' };
  }
  const seen = isResource ? withMeta(schema) : schema;
  switch (seen.type) {
    case 'array':
      return listType(seen);
    case 'object':
      return additionalSchema(seen) ? mapType(seen) : objectType(seen);
    case 'string':
      return textType(seen);
    case 'boolean':
      return { ...BOOL, minSize: MIN_BYTES.bool };
    case 'number':
      return { ...DOUBLE, minSize: MIN_BYTES.number };
    case 'integer':
      return { ...INT, minSize: MIN_BYTES.number };
    default:
      return undefined;
  }
}

function listType(schema: Schema): CelType | undefined {
  const items = schema.items && ruleType(schema.items);
  if (!items) return undefined;
  const maxElements = schema.maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / ((items.minSize ?? 0) + 1));
  return { ...listOf(items), maxElements: Math.max(0, maxElements), minSize: MIN_BYTES.container };
}

function mapType(schema: Schema): CelType | undefined {
  const additional = additionalSchema(schema);
  const values = additional && ruleType(additional);
  if (!values) return undefined;
  // Two quotes, a colon, a comma and one character on either side is the least an entry takes beside its value.
  const maxElements = schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / ((values.minSize ?? 0) + 6));
  return { ...mapOf(STRING, values), maxElements: Math.max(0, maxElements), minSize: MIN_BYTES.container };
}

function objectType(schema: Schema): CelType {
  const fields = new Map<string, ObjectField>();
  let minSize = MIN_BYTES.container;
  for (const [name, property] of schema.properties) {
    const type = ruleType(property);
    if (!type) continue;
    const identifier = escapeName(name);
    if (identifier !== undefined) fields.set(identifier, { name, type });
    // After a dot a reserved word cannot be anything but a name.
    if (RESERVED.has(name)) fields.set(name, { name, type });
    // A default is filled in by the server, so that the client need not send the field.
    if (schema.required.includes(name) && !property.hasDefault) minSize += name.length + (type.minSize ?? 0) + 4;
  }
  return { kind: 'object', name: 'object', params: [], fields, minSize };
}

function textType(schema: Schema): CelType {
  const longest = schema.maxLength ?? MAX_REQUEST_BYTES - 2;
  switch (schema.format) {
    case 'byte':
      return { ...BYTES, maxElements: Math.max(0, longest), minSize: MIN_BYTES.string, format: 'byte' };
    case 'duration':
      return { ...DURATION, maxElements: MAX_TEXT.duration, minSize: MIN_BYTES.duration, format: 'duration' };
    case 'date':
      return { ...TIMESTAMP, maxElements: MAX_TEXT.date, minSize: MIN_BYTES.date, format: 'date' };
    case 'date-time':
      return { ...TIMESTAMP, maxElements: MAX_TEXT.instant, minSize: MIN_BYTES.instant, format: 'date-time' };
    default:
      return { ...STRING, maxElements: textLimit(schema), minSize: MIN_BYTES.string };
  }
}

function textLimit(schema: Schema): number {
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * BYTES_PER_CHARACTER;
  const words = (schema.enum ?? []).filter((member) => typeof member === 'string');
  return schema.enum && schema.enum.length > 0
    ? words.reduce((most, word) => Math.max(most, Buffer.byteLength(word)), 0)
    : MAX_REQUEST_BYTES - 2;
}

/** What expressions of patches make, as JSON: k8s.io/apiserver/pkg/cel/mutation. */
import {
  CelError,
  Duration,
  formatDurationSeconds,
  formatInstant,
  JSON_PATCH_TYPE,
  Mapping,
  MapValue,
  MessageValue,
  Timestamp,
  Uint,
  type Value,
} from '../../cel/index.ts';
import { goType, goValue } from '../machinery/go-text.ts';
import { asText, type Draft, isObject, put } from '../machinery/json.ts';

const isList = (value: Value): value is readonly Value[] => Array.isArray(value);

/** A message in a field must be of the type that the field's path names. One line a mismatch. */
function typeMismatches(value: Value, path: string): string[] {
  if (value instanceof MessageValue) {
    const own =
      value.typeName === path
        ? []
        : [
            `unexpected type name ${JSON.stringify(value.typeName)}, expected ${JSON.stringify(path)}, which matches field name path from root Object type`,
          ];
    return [...own, ...value.keys().flatMap((key) => typeMismatches(value.get(key) ?? null, `${path}.${key}`))];
  }
  if (isList(value)) return value.flatMap((item) => typeMismatches(item, path));
  if (value instanceof MapValue) return value.keys().flatMap((key) => typeMismatches(value.get(key) ?? null, path));
  return [];
}

function checkTypes(value: MessageValue): void {
  const mismatches = typeMismatches(value, value.typeName);
  if (mismatches.length > 0) throw new CelError(`type mismatch: ${mismatches.join('\n')}`);
}

/**
 * A value within an object literal. Messages become objects with all that is in them; a list or a map in one keeps its
 * members as the expression language has them, where only messages, scalars and what came from JSON are plain.
 */
function fieldJson(value: Value): unknown {
  if (isList(value)) return value.map(memberJson);
  if (!(value instanceof MapValue)) return memberJson(value);
  const result: Draft = {};
  for (const key of value.keys()) put(result, asText(key), memberJson(value.get(key) ?? null));
  return result;
}

const NOT_A_RUNE = /[^\x20-\x7e]/;

/** Why a field has no JSON; undefined: it has. */
function fieldProblem(value: Value): string | undefined {
  const key = value instanceof MapValue ? value.keys().find((each) => typeof each !== 'string') : undefined;
  if (key === undefined) return undefined;
  if (typeof key === 'boolean') return `map key %!q(types.Bool=${key}) is of type types.Bool, not string`;
  const number = Number(key instanceof Uint ? key.value : key);
  const rune = String.fromCodePoint(number >= 0 && number <= 0x10ffff ? number : 0xfffd);
  const shown = NOT_A_RUNE.test(rune) ? `\\x${number.toString(16).padStart(2, '0')}` : rune;
  return `map key '${shown}' is of type types.${key instanceof Uint ? 'Uint' : 'Int'}, not string`;
}

function memberJson(value: Value): unknown {
  if (value === null) return goValue('structpb.NullValue', 'NULL_VALUE', '0');
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(memberJson);
  if (value instanceof MapValue) return goValue('map[ref.Val]ref.Val', 'map[]');
  if (value instanceof MessageValue) return messageJson(value);
  if (value instanceof Mapping) return sourceJson(value);
  if (value instanceof Uint) return goValue('uint64', String(value.value));
  if (value instanceof Uint8Array) return goValue('[]uint8', `[${[...value].join(' ')}]`);
  if (value instanceof Timestamp) return goValue('time.Time', formatInstant(value.nanos));
  if (value instanceof Duration) return goValue('time.Duration', formatDurationSeconds(value.nanos));
  return goValue('ref.Val', 'value');
}

function messageJson(value: MessageValue): Draft | symbol {
  const result: Draft = {};
  for (const key of value.keys()) {
    const field = value.get(key) ?? null;
    const problem = fieldProblem(field);
    if (problem !== undefined)
      return goValue('*errors.errorString', `fail to convert field ${JSON.stringify(key)}: ${problem}`);
    put(result, key, fieldJson(field));
  }
  return result;
}

/** What came from JSON, as it was. */
function sourceJson(value: Value): unknown {
  if (isList(value)) return value.map(sourceJson);
  if (typeof value === 'bigint') return Number(value);
  if (!(value instanceof Mapping)) return value;
  const result: Draft = {};
  for (const key of value.keys()) put(result, asText(key), sourceJson(value.get(key) ?? null));
  return result;
}

/** The configuration that an `Object{…}` stands for. Throws CelError. */
export function configurationOf(value: Value): Draft {
  if (!(value instanceof MessageValue))
    throw new CelError('unsupported return type from ApplyConfiguration expression');
  checkTypes(value);
  const json = messageJson(value);
  if (typeof json === 'symbol') throw new CelError('invalid return type: *dynamic.ObjectVal');
  return json;
}

/** The operations of a JSON patch. Throws CelError. */
export function operationsOfValue(value: Value): readonly Draft[] {
  if (!isList(value)) throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array');
  return value.map((item) => {
    if (!(item instanceof MessageValue) || item.typeName !== JSON_PATCH_TYPE.name)
      throw new CelError('type mismatch: JSONPatchType.expression should evaluate to array of JSONPatch');
    const operation: Draft = { op: item.read('op'), path: item.read('path') };
    if (item.read('from') !== '') operation['from'] = item.read('from');
    const given = item.get('value');
    if (given instanceof MessageValue) {
      checkTypes(given);
      operation['value'] = plain(messageJson(given));
    } else if (given !== undefined) operation['value'] = valueJson(given);
    return operation;
  });
}

const unmarshalable = (type: string): CelError =>
  new CelError(
    `JSONPath valueExpression evaluated to a type that could not marshal to JSON: proto: invalid type: ${type}`,
  );

/** JSON that holds nothing else. */
function plain(json: unknown): unknown {
  if (typeof json === 'symbol') throw unmarshalable(goType(json));
  if (Array.isArray(json)) for (const item of json) plain(item);
  else if (isObject(json)) for (const item of Object.values(json)) plain(item);
  return json;
}

/** As google.protobuf.Value holds a value of the expression language. */
function valueJson(value: Value): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value;
  if (typeof value === 'bigint') return safeNumber(value);
  if (value instanceof Uint) return safeNumber(value.value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (value instanceof Timestamp) return formatInstant(value.nanos);
  if (value instanceof Duration) return formatDurationSeconds(value.nanos);
  if (isList(value)) return value.map(valueJson);
  if (value instanceof MessageValue) return plain(messageJson(value));
  if (!(value instanceof Mapping)) throw unmarshalable('ref.Val');
  const result: Draft = {};
  for (const key of value.keys()) put(result, keyText(key), valueJson(value.get(key) ?? null));
  return result;
}

const keyText = (key: Value): string =>
  key instanceof Uint
    ? String(key.value)
    : typeof key === 'bigint' || typeof key === 'boolean'
      ? String(key)
      : asText(key);

/** Whole numbers that a double cannot hold are written as text. */
const safeNumber = (value: bigint): number | string =>
  value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER) ? String(value) : Number(value);

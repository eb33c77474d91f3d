/** Checks that several kinds share, in the words of k8s.io/kubernetes/pkg/apis/core/validation. */
import { isIP } from 'node:net';
import { type FieldError, forbiddenField, invalidValue } from '../field-errors.ts';
import { asObject, asText, type Draft, equalJson } from '../json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../names.ts';

const CONFIG_KEY = '[-._a-zA-Z0-9]+';
/** Names of keys become file names. */
const MAX_KEY_BYTES = 253;

export const atLeastZero = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'number' && value < 0 ? [invalidValue(field, value, 'must be greater than or equal to 0')] : [];

export const aboveZero = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'number' && value <= 0 ? [invalidValue(field, value, 'must be greater than 0')] : [];

export const portNumber = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'number' && (value < 1 || value > 65_535) ? [invalidValue(field, value, 'must be between 1 and 65535, inclusive')] : [];

/** Supported values in the order given; `notSupported` sorts them. */
export const oneOf = (value: unknown, field: string, supported: readonly string[]): readonly FieldError[] =>
  supported.includes(asText(value))
    ? []
    : [
        {
          type: 'FieldValueNotSupported',
          field,
          badValue: value ?? '',
          detail: `supported values: ${supported.map((each) => JSON.stringify(each)).join(', ')}`,
        },
      ];

export const ipAddress = (value: string, field: string): readonly FieldError[] =>
  isIP(value) === 0 ? [invalidValue(field, value, 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)')] : [];

/** A number of at least 0 or a percentage. */
export function intOrPercent(value: unknown, field: string): readonly FieldError[] {
  if (typeof value === 'number') return atLeastZero(value, field);
  if (typeof value !== 'string' || /^[0-9]+%$/.test(value)) return [];
  const detail =
    "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')";
  return [invalidValue(field, value, detail)];
}

export const atMostWhole = (value: unknown, field: string): readonly FieldError[] =>
  typeof value === 'string' && /^[0-9]+%$/.test(value) && Number.parseInt(value, 10) > 100
    ? [invalidValue(field, value, 'must not be greater than 100%')]
    : [];

/** Of labels that select: nodeSelector, a Service's selector. */
export function labelMapErrors(labels: unknown, field: string): readonly FieldError[] {
  return Object.entries(asObject(labels) ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidValue(field, key, problem)),
    ...labelValueProblems(asText(value)).map((problem) => invalidValue(field, asText(value), problem)),
  ]);
}

/** Of the keys of ConfigMaps and Secrets, in the order of the object. */
export function configKeyErrors(data: unknown, field: string): readonly FieldError[] {
  return Object.keys(asObject(data) ?? {}).flatMap((key) => {
    const at = `${field}[${key}]`;
    if (key.length > MAX_KEY_BYTES) return [invalidValue(at, key, `must be no more than ${MAX_KEY_BYTES} characters`)];
    if (!new RegExp(`^${CONFIG_KEY}$`).test(key)) {
      const detail = `a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '${CONFIG_KEY}')`;
      return [invalidValue(at, key, detail)];
    }
    if (key === '.' || key === '..') return [invalidValue(at, key, `must not be '${key}'`)];
    return key.startsWith('..') ? [invalidValue(at, key, "must not start with '..'")] : [];
  });
}

/** What `immutable: true` holds fast. */
export function immutableErrors(object: Draft, old: Readonly<Record<string, unknown>>, fields: readonly string[]): readonly FieldError[] {
  if (old['immutable'] !== true) return [];
  const fixed = (field: string) => forbiddenField(field, 'field is immutable when `immutable` is set');
  const errors = object['immutable'] === true ? [] : [fixed('immutable')];
  for (const field of fields) if (!equalJson(object[field] ?? {}, old[field] ?? {})) errors.push(fixed(field));
  return errors;
}

/** Secrets: stringData becomes data, known types have the keys that they are for. */
import { type FieldError, invalidValue, required, tooLong } from '../machinery/field-errors.ts';
import { JsonSyntaxError, parseGoJson } from '../machinery/go-json.ts';
import { asObject, asText, at, childOf, type Draft, isObject } from '../machinery/json.ts';
import { keyPairProblem } from './tls-warnings.ts';
import type { Strategy } from '../machinery/registry.ts';
import { dropEmpty, MAX_DATA_BYTES } from './config-map.ts';
import { configKeyErrors, immutableErrors } from './field-checks.ts';

const ACCOUNT = 'kubernetes.io/service-account.name';

/** Keys that a type requires; for `either` types one of them is enough. */
const KEYS: Readonly<Record<string, readonly string[]>> = {
  'kubernetes.io/tls': ['tls.crt', 'tls.key'],
};
const JSON_KEYS: Readonly<Record<string, string>> = {
  'kubernetes.io/dockerconfigjson': '.dockerconfigjson',
  'kubernetes.io/dockercfg': '.dockercfg',
};

const decoded = (value: unknown): string => Buffer.from(asText(value), 'base64').toString();

function jsonErrors(text: string, field: string): readonly FieldError[] {
  try {
    const value = parseGoJson(text);
    if (value === null || isObject(value)) return [];
    const what = Array.isArray(value) ? 'array' : typeof value === 'boolean' ? 'bool' : typeof value;
    const detail = `json: cannot unmarshal ${what} into Go value of type map[string]interface {}`;
    return [invalidValue(field, '<secret contents redacted>', detail)];
  } catch (error) {
    if (!(error instanceof JsonSyntaxError)) throw error;
    return [invalidValue(field, '<secret contents redacted>', error.message)];
  }
}

function typeErrors(object: Draft): readonly FieldError[] {
  const data = asObject(object['data']) ?? {};
  const type = asText(object['type']);
  if (type === 'kubernetes.io/service-account-token') {
    const field = `metadata.annotations[${ACCOUNT}]`;
    return asText(at(object, 'metadata', 'annotations', ACCOUNT)) === '' ? [required(field)] : [];
  }
  if (type === 'kubernetes.io/basic-auth') {
    const some = Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password');
    return some ? [] : [required('data[username]'), required('data[password]')];
  }
  const json = JSON_KEYS[type];
  if (json !== undefined)
    return Object.hasOwn(data, json) ? jsonErrors(decoded(data[json]), `data[${json}]`) : [required(`data[${json}]`)];
  if (type === 'kubernetes.io/ssh-auth')
    return decoded(data['ssh-privatekey']) === '' ? [required('data[ssh-privatekey]')] : [];
  return (KEYS[type] ?? []).filter((key) => !Object.hasOwn(data, key)).map((key) => required(`data[${key}]`));
}

function contentErrors(object: Draft): readonly FieldError[] {
  let bytes = 0;
  for (const value of Object.values(asObject(object['data']) ?? {}))
    bytes += Buffer.byteLength(asText(value), 'base64');
  return [
    ...configKeyErrors(object['data'], 'data'),
    ...(bytes > MAX_DATA_BYTES ? [tooLong('data', MAX_DATA_BYTES)] : []),
    ...typeErrors(object),
  ];
}

export const SECRET: Strategy = {
  applyDefaults: (draft) => {
    const strings = draft['stringData'];
    if (isObject(strings)) {
      const data = childOf(draft, 'data');
      for (const [key, value] of Object.entries(strings)) data[key] = Buffer.from(asText(value)).toString('base64');
    }
    delete draft['stringData'];
    dropEmpty(draft, ['data']);
    if (asText(draft['type']) === '') draft['type'] = 'Opaque';
  },
  validate: contentErrors,
  updateReplacesValidate: true,
  validateUpdate: (object, old) => [
    ...(object['type'] === old['type'] ? [] : [invalidValue('type', object['type'], 'field is immutable')]),
    ...immutableErrors(object, old, ['data']),
    ...contentErrors(object),
  ],
  warnings: (object) => {
    if (object['type'] !== 'kubernetes.io/tls') return [];
    const data = asObject(object['data']) ?? {};
    const problem = keyPairProblem(decoded(data['tls.crt']), decoded(data['tls.key']));
    return problem === undefined ? [] : [problem];
  },
  selectableFields: { type: (object) => asText(object['type']) },
};

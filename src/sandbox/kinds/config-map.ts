/** ConfigMaps: keys that can be file names, contents that may be immutable. */
import { type FieldError, invalidValue, tooLong } from '../machinery/field-errors.ts';
import { asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { configKeyErrors, immutableErrors } from './field-checks.ts';

/** Sum of the values' bytes: what etcd takes in one object, with room for the rest. */
export const MAX_DATA_BYTES = 1024 * 1024;

/** Empty maps are left out, as Go's encoder leaves them. */
export function dropEmpty(draft: Draft, fields: readonly string[]): void {
  for (const field of fields) {
    const value = draft[field];
    if (value === null || (isObject(value) && Object.keys(value).length === 0)) delete draft[field];
  }
}

function contentErrors(object: Draft): readonly FieldError[] {
  const data = asObject(object['data']) ?? {};
  const binary = asObject(object['binaryData']) ?? {};
  const errors: FieldError[] = [];
  for (const key of Object.keys(data)) {
    errors.push(...configKeyErrors({ [key]: '' }, 'data'));
    if (Object.hasOwn(binary, key))
      errors.push(invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData'));
  }
  errors.push(...configKeyErrors(binary, 'binaryData'));
  let bytes = 0;
  for (const value of Object.values(data)) bytes += Buffer.byteLength(asText(value));
  for (const value of Object.values(binary)) bytes += Buffer.byteLength(asText(value), 'base64');
  if (bytes > MAX_DATA_BYTES) errors.push(tooLong('[]', MAX_DATA_BYTES));
  return errors;
}

export const CONFIG_MAP: Strategy = {
  applyDefaults: (draft) => dropEmpty(draft, ['data', 'binaryData']),
  validate: contentErrors,
  updateReplacesValidate: true,
  validateUpdate: (object, old) => [...immutableErrors(object, old, ['data', 'binaryData']), ...contentErrors(object)],
};

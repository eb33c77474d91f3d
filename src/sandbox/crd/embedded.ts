/** Whole resources inside of custom resources (`x-kubernetes-embedded-resource`): they need a type and proper metadata. */
import { type FieldError, invalidValue, required } from '../apiserver/field-errors.ts';
import { type Draft, isObject } from '../apiserver/json.ts';
import { dns1035Label } from './names.ts';
import { child, index, key } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

/** The custom resource itself is not looked at: its metadata is the server's business. */
export function embeddedErrors(schema: Schema, value: unknown, path = ''): FieldError[] {
  if (Array.isArray(value))
    return schema.items ? value.flatMap((item, i) => embeddedErrors(schema.items as Schema, item, index(path, i))) : [];
  if (!isObject(value)) return [];
  const additional = additionalSchema(schema);
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const property = schema.properties.get(name);
    if (property) return embeddedErrors(property, field, child(path, name));
    return additional ? embeddedErrors(additional, field, key(path, name)) : [];
  });
  return schema.embedded ? [...resourceErrors(value, path), ...inner] : inner;
}

function resourceErrors(resource: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const { apiVersion, kind, metadata } = resource;
  const at = (name: string) => child(path, name);
  if (apiVersion === undefined) errors.push(required(at('apiVersion')));
  else if (typeof apiVersion !== 'string') errors.push(invalidValue(at('apiVersion'), apiVersion, 'must be a string'));
  else if (apiVersion === '') errors.push(invalidValue(at('apiVersion'), apiVersion, 'must not be empty'));
  else if (apiVersion.split('/').length > 2)
    errors.push(invalidValue(at('apiVersion'), apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  if (kind === undefined) errors.push(required(at('kind')));
  else if (typeof kind !== 'string') errors.push(invalidValue(at('kind'), kind, 'must be a string'));
  else if (kind === '') errors.push(invalidValue(at('kind'), kind, 'must not be empty'));
  else {
    const problems = dns1035Label(kind.toLowerCase());
    if (problems.length > 0)
      errors.push(invalidValue(at('kind'), kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`));
  }
  if (metadata !== undefined && !isObject(metadata)) errors.push(invalidValue(at('metadata'), metadata, 'metadata is not an object'));
  return errors;
}

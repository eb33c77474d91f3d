/**
 * Whole resources inside of custom resources (`x-kubernetes-embedded-resource`): they need a type and proper metadata.
 */
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asText, type Draft, isObject } from '../machinery/json.ts';
import { metadataFieldErrors } from '../machinery/metadata.ts';
import { pathSegmentProblems } from '../../std/names.ts';
import type { EmbeddedResource } from '../machinery/registry.ts';
import { dns1035LabelProblems } from '../../std/names.ts';
import { child, index, key } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

/** The custom resource itself is not one of them: its metadata is the server's business. */
export function embeddedResources(schema: Schema, value: unknown, path = ''): EmbeddedResource[] {
  if (Array.isArray(value)) {
    const { items } = schema;
    return items ? value.flatMap((item, i) => embeddedResources(items, item, index(path, i))) : [];
  }
  if (!isObject(value)) return [];
  const additional = additionalSchema(schema);
  const inner = Object.entries(value).flatMap(([name, field]) => {
    const property = schema.properties.get(name);
    if (property) return embeddedResources(property, field, child(path, name));
    return additional ? embeddedResources(additional, field, key(path, name)) : [];
  });
  return schema.embedded ? [{ path, resource: value }, ...inner] : inner;
}

export const embeddedErrors = (schema: Schema, value: unknown, path = ''): FieldError[] =>
  embeddedResources(schema, value, path).flatMap(({ resource, path: at }) => resourceErrors(resource, at));

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
    const problems = dns1035LabelProblems(kind.toLowerCase());
    if (problems.length > 0)
      errors.push(
        invalidValue(at('kind'), kind, `may have mixed case, but should otherwise match: ${problems.join(',')}`),
      );
  }
  if (isObject(metadata)) errors.push(...embeddedMetadataErrors(metadata, path));
  else if (metadata !== undefined) errors.push(invalidValue(at('metadata'), metadata, 'metadata is not an object'));
  return errors;
}

/** An embedded resource may be without a name, and in a namespace or not. Its name can be of any kind there is. */
function embeddedMetadataErrors(metadata: Draft, path: string): FieldError[] {
  const { name, namespace } = metadata;
  const named = asText(name) === '' ? { ...metadata, name: 'unnamed' } : metadata;
  const errors = metadataFieldErrors(named, {
    nameProblems: pathSegmentProblems,
    namespaced: asText(namespace) !== '',
  });
  return errors.map((error) => ({ ...error, field: child(path, error.field) }));
}

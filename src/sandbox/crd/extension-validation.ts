/** Whether the list types and map types (`x-kubernetes-list-type` and so on) of a schema may be declared. */
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { child, key } from './paths.ts';
import type { Schema } from './schema.ts';

export function extensionErrors(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  const { listType, mapType, listMapKeys } = schema;
  if (schema.raw['x-kubernetes-preserve-unknown-fields'] === false)
    errors.push(invalidValue(at('x-kubernetes-preserve-unknown-fields'), false, 'must be true or undefined'));
  const needs = (type: string, extension: string) => {
    const detail = `must be ${type} if ${extension} is specified`;
    errors.push(schema.type === '' ? required(at('type'), detail) : invalidValue(at('type'), schema.type, detail));
  };
  if (mapType !== undefined && schema.type !== 'object') needs('object', 'x-kubernetes-map-type');
  if (mapType !== undefined && mapType !== 'atomic' && mapType !== 'granular')
    errors.push(notSupported(at('x-kubernetes-map-type'), mapType, ['atomic', 'granular']));
  if (listType !== undefined && schema.type !== 'array') needs('array', 'x-kubernetes-list-type');
  else if (listType === 'set' && schema.items) errors.push(...setErrors(schema.items, at('items')));
  if (listType !== undefined && !['atomic', 'set', 'map'].includes(listType))
    errors.push(notSupported(at('x-kubernetes-list-type'), listType, ['atomic', 'set', 'map']));
  if (listMapKeys.length > 0 && listType !== 'map') {
    const detail = 'must be map if x-kubernetes-list-map-keys is non-empty';
    errors.push(
      listType === undefined
        ? required(at('x-kubernetes-list-type'), detail)
        : invalidValue(at('x-kubernetes-list-type'), listType, detail),
    );
  }
  if (listType === 'map') errors.push(...mapErrors(schema, path));
  if ((listType === 'set' || listType === 'map') && schema.items?.nullable)
    errors.push(
      forbiddenField(child(at('items'), 'nullable'), `cannot be nullable when x-kubernetes-list-type is ${listType}`),
    );
  if (listType === 'map') errors.push(...mapKeyErrors(schema, path));
  return errors;
}

function setErrors(items: Schema, path: string): FieldError[] {
  const detail = 'must be atomic as item of a list with x-kubernetes-list-type=set';
  if (items.type === 'array' && items.listType !== undefined && items.listType !== 'atomic')
    return [invalidValue(child(path, 'x-kubernetes-list-type'), items.listType, detail)];
  if (items.type === 'object' && items.mapType !== 'atomic')
    return [invalidValue(child(path, 'x-kubernetes-map-type'), items.listType ?? null, detail)];
  return [];
}

function mapErrors(schema: Schema, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const at = (name: string) => child(path, name);
  const { items, listMapKeys } = schema;
  if (listMapKeys.length === 0)
    errors.push(required(at('x-kubernetes-list-map-keys'), 'must not be empty if x-kubernetes-list-type is map'));
  if (!items && schema.itemList.length === 0)
    errors.push(required(at('items'), 'must have a schema if x-kubernetes-list-type is map'));
  if (items && items.type !== 'object')
    errors.push(
      invalidValue(
        child(at('items'), 'type'),
        items.type,
        "must be object if parent array's x-kubernetes-list-type is map",
      ),
    );
  if (items?.type !== 'object') return errors;
  for (const [i, name] of listMapKeys.entries()) {
    const property = items.properties.get(name);
    if (!property)
      errors.push(
        invalidValue(at('x-kubernetes-list-map-keys'), listMapKeys, 'entries must all be names of item properties'),
      );
    else if (property.type === 'array' || property.type === 'object') {
      errors.push(
        invalidValue(
          child(key(child(at('items'), 'properties'), name), 'type'),
          items.type,
          "must be a scalar type if parent array's x-kubernetes-list-type is map",
        ),
      );
    }
    if (listMapKeys.indexOf(name) < i)
      errors.push(invalidValue(at('x-kubernetes-list-map-keys'), listMapKeys, 'must not contain duplicate entries'));
  }
  return errors;
}

function mapKeyErrors({ items, listMapKeys }: Schema, path: string): FieldError[] {
  return listMapKeys.flatMap((name) => {
    const property = items?.properties.get(name);
    if (!property) return [];
    const at = key(child(child(path, 'items'), 'properties'), name);
    const errors: FieldError[] = [];
    if (!items?.required.includes(name) && !property.hasDefault) {
      errors.push(
        required(
          child(at, 'default'),
          'this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        ),
      );
    }
    if (property.nullable)
      errors.push(
        forbiddenField(
          child(at, 'nullable'),
          'this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
        ),
      );
    return errors;
  });
}

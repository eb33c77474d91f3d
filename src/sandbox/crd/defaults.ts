/**
 * Defaults of a schema, and the removal of nulls where null is no value. In place.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#defaulting-and-nullable
 */
import { isObject, put, thaw } from '../machinery/json.ts';
import { additionalSchema, type Schema } from './schema.ts';

const isStrayNull = (value: unknown, schema: Schema): boolean => value === null && !schema.nullable;

export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    const { items } = schema;
    if (!items) return;
    for (const [i, item] of value.entries()) {
      if (isStrayNull(item, items) && items.hasDefault) value[i] = thaw(items.default);
      applyDefaults(value[i], items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, property] of schema.properties) {
    if (property.hasDefault && (value[name] === undefined || isStrayNull(value[name], property)))
      put(value, name, thaw(property.default));
  }
  const additional = additionalSchema(schema);
  for (const name of Object.keys(value)) {
    const known = schema.properties.get(name) ?? additional;
    if (!known) continue;
    if (isStrayNull(value[name], known) && known.hasDefault) put(value, name, thaw(known.default));
    applyDefaults(value[name], known);
  }
}

/**
 * Null fields that are not nullable and got no default are as good as absent. Elements of lists stay, and are refused
 * later.
 */
export function dropStrayNulls(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    if (schema.items) for (const item of value) dropStrayNulls(item, schema.items);
    return;
  }
  if (!isObject(value)) return;
  const additional = additionalSchema(schema);
  for (const name of Object.keys(value)) {
    const known = schema.properties.get(name) ?? additional;
    if (!known) continue;
    if (isStrayNull(value[name], known) && !known.hasDefault) delete value[name];
    else dropStrayNulls(value[name], known);
  }
}

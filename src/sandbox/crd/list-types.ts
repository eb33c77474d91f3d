/** Lists declared as sets hold each value once, lists declared as maps each key once. */
import { duplicate, type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { type Draft, isObject } from '../machinery/json.ts';
import { child, index, key } from './paths.ts';
import { additionalSchema, type Schema } from './schema.ts';

export function listTypeErrors(schema: Schema, value: unknown, path = ''): FieldError[] {
  if (Array.isArray(value))
    return [
      ...uniqueness(schema, value, path),
      ...value.flatMap((item, i) => (schema.items ? listTypeErrors(schema.items, item, index(path, i)) : [])),
    ];
  if (!isObject(value)) return [];
  const additional = additionalSchema(schema);
  return Object.entries(value).flatMap(([name, inner]) => {
    const property = schema.properties.get(name);
    if (property) return listTypeErrors(property, inner, child(path, name));
    return additional ? listTypeErrors(additional, inner, key(path, name)) : [];
  });
}

function uniqueness(schema: Schema, items: readonly unknown[], path: string): FieldError[] {
  if (schema.listType === 'set') return repeated(items).map((i) => duplicate(index(path, i), items[i]));
  if (schema.listType !== 'map') return [];
  const stranger = items.findIndex((item) => item !== null && !isObject(item));
  if (stranger >= 0)
    return [invalidValue(index(path, stranger), items[stranger], 'must be an object for an array of list-type map')];
  const keys = items.map((item) => {
    const identity: Draft = {};
    if (isObject(item))
      for (const name of [...schema.listMapKeys].sort()) if (item[name] !== undefined) identity[name] = item[name];
    return identity;
  });
  return repeated(keys).map((i) => duplicate(index(path, i), keys[i]));
}

/** The position of each second occurrence; a third is not told again. */
function repeated(values: readonly unknown[]): number[] {
  const seen = new Map<string, number>();
  return values.flatMap((value, i) => {
    const id = canonical(value);
    const times = (seen.get(id) ?? 0) + 1;
    seen.set(id, times);
    return times === 2 ? [i] : [];
  });
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? 'null';
  return `{${Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`)
    .join()}}`;
}

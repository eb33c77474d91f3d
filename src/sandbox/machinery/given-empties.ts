/**
 * Empty lists and maps that a body had. A decoded object leaves them out, as what is stored does; a refusal still shows
 * them. They are known as long as the object itself is handed on, not of its copies.
 */
import { type Draft, isObject, put } from './json.ts';

const given = new WeakMap<object, Map<string, unknown>>();

export function rememberEmpty(owner: object, field: string, value: unknown): void {
  const present = given.get(owner);
  if (present) present.set(field, value);
  else given.set(owner, new Map([[field, value]]));
}

/** A copy that may be changed, which shows the same. */
export function copyShown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(copyShown);
  if (!isObject(value)) return value;
  const copy: Draft = {};
  for (const [name, item] of Object.entries(value)) put(copy, name, copyShown(item));
  const empties = given.get(value);
  if (empties) given.set(copy, new Map(empties));
  return copy;
}

/** What a refusal shows of a field that has no value: `[]` or `{}` where the body had that, else null. */
export const shownEmpty = (owner: unknown, field: string): unknown =>
  (typeof owner === 'object' && owner !== null ? given.get(owner)?.get(field) : undefined) ?? null;

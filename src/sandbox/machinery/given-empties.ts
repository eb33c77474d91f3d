/**
 * Empty lists and maps that a body had. A decoded object leaves them out, as what is stored does; a refusal still shows
 * them. They are known as long as the object itself is handed on, not of its copies.
 */
const given = new WeakMap<object, Map<string, unknown>>();

export function rememberEmpty(owner: object, field: string, value: unknown): void {
  const present = given.get(owner);
  if (present) present.set(field, value);
  else given.set(owner, new Map([[field, value]]));
}

/** What a refusal shows of a field that has no value: `[]` or `{}` where the body had that, else null. */
export const shownEmpty = (owner: unknown, field: string): unknown =>
  (typeof owner === 'object' && owner !== null ? given.get(owner)?.get(field) : undefined) ?? null;

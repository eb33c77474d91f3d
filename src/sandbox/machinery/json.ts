/** Reading JSON whose shape nobody promised. */

/** A JSON object that may still be changed. */
export type Draft = { [field: string]: unknown };

export const isObject = (value: unknown): value is Draft =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
export const asObject = (value: unknown): Draft | undefined => (isObject(value) ? value : undefined);
export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '');
export const asNumber = (value: unknown): number | undefined => (typeof value === 'number' ? value : undefined);
/** The objects among the elements; anything else is left out. */
export const objectsOf = (value: unknown): readonly Draft[] => asList(value).filter(isObject);
/** The object at `field`, made when absent. */
export function childOf(parent: Draft, field: string): Draft {
  const child = parent[field];
  if (isObject(child)) return child;
  const made: Draft = {};
  parent[field] = made;
  return made;
}

export function setDefault(target: Draft, field: string, value: unknown): void {
  if (target[field] === undefined || target[field] === null) target[field] = value;
}

/** Follows object fields; undefined where one is missing. */
export function at(value: unknown, ...fields: readonly string[]): unknown {
  let current: unknown = value;
  for (const field of fields) {
    if (!isObject(current)) return undefined;
    current = current[field];
  }
  return current;
}

/** A deep copy that may be changed, of a value that may be frozen. */
export function thaw<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => thaw(item)) as T;
  const copy = { ...value } as Draft;
  for (const key of Object.keys(copy)) {
    const item = copy[key];
    if (typeof item === 'object' && item !== null) copy[key] = thaw(item);
  }
  return copy as T;
}

/**
 * Freezes all the way down; stops at what is frozen already (a frozen value is frozen all the way down by
 * construction).
 */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key in value) deepFreeze(value[key]);
  return value;
}

/**
 * Freezes all the way down, as deepFreeze; parts that are as they were `before`, to the order of their fields, become
 * those of `before`, so that the states of an object share what did not change between them.
 */
export function freezeAfter<T>(value: T, before: unknown): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  if (typeof before !== 'object' || before === null || Array.isArray(value) !== Array.isArray(before))
    return deepFreeze(value);
  const [now, then] = [value as Draft, before as Draft];
  const [fields, had] = [Object.keys(now), Object.keys(then)];
  let same = fields.length === had.length;
  for (let place = 0; place < fields.length; place++) {
    const field = fields[place] as string;
    const inPlace = had[place] === field;
    const was = inPlace || Object.hasOwn(then, field) ? then[field] : undefined;
    const kept = freezeAfter(now[field], was);
    if (kept !== now[field]) now[field] = kept;
    same &&= inPlace && kept === was;
  }
  return same ? (before as T) : Object.freeze(value);
}

/** JSON equality: objects without regard to the order of keys, absent and undefined alike. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (Array.isArray(a))
    return Array.isArray(b) && a.length === b.length && a.every((item, index) => equalJson(item, b[index]));
  if (!isObject(a) || !isObject(b)) return false;
  for (const key in a) if (!equalJson(a[key], Object.hasOwn(b, key) ? b[key] : undefined)) return false;
  for (const key in b) if (b[key] !== undefined && !Object.hasOwn(a, key)) return false;
  return true;
}

/** Sets an own property even where the name is `__proto__`: field names come from clients. */
export function put(target: Draft, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

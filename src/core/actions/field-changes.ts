/**
 * What differs between an object and what a request makes of it: the base of allow-lists, of `result.changes`, and of
 * taking it back. Lists of equal length are compared element by element, so that one changed field of a container is
 * one difference and not the whole list.
 */
import { type Inverse, MAX_BODY, MAX_CHANGES, type ResourceChange } from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fieldPath } from '../../api/problem.ts';
import { given } from '../../std/given.ts';
import { canonicalJson, pointerOf, valueAt } from '../../std/json.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { type ChangedField, jsonInverse, refOf } from './requests.ts';
import { touchesSecret } from './secret-fields.ts';

/** A value that is `undefined` on one side is absent there. */
export interface Difference {
  readonly path: readonly string[];
  readonly before: unknown;
  readonly after: unknown;
}

/** What the API server keeps account of by itself whenever anything changes. */
const SERVER_MADE = new Set(['resourceVersion', 'generation', 'managedFields', 'creationTimestamp', 'uid', 'selfLink']);
/** Every key of these may be somebody else's. */
const MAPS = new Set(['labels', 'annotations']);

/**
 * Ends at the uppermost place that only one side has; new maps of labels and annotations are told key by key, since
 * others add to them.
 */
export const differencesOf = (before: KubeObject, after: KubeObject): readonly Difference[] =>
  [...compare([], before, after)].filter(
    ({ path: [first, second = ''] }) => first !== 'metadata' || !SERVER_MADE.has(second),
  );

function* compare(path: readonly string[], before: unknown, after: unknown): Generator<Difference> {
  const keyed = path.at(-2) === 'metadata' && MAPS.has(path.at(-1) ?? '');
  const [old, made] = [keyed && isMap(after) ? (before ?? {}) : before, after];
  if (isList(old) && isList(made) && old.length === made.length) {
    for (const [index, value] of old.entries()) yield* compare([...path, String(index)], value, made[index]);
  } else if (isMap(old) && isMap(made)) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(made)]))
      yield* compare([...path, key], old[key], made[key]);
  } else if (old !== made && canonicalJson(old) !== canonicalJson(made)) {
    yield { path, before: old, after: made };
  }
}

const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !isList(value);

/** Every single field that a difference touches: where only one side has a map, all that is in it. */
export function leavesOf({ path, before, after }: Difference): readonly Difference[] {
  const there = before ?? after;
  if ((before !== undefined && after !== undefined) || !isMap(there)) return [{ path, before, after }];
  const entries = Object.entries(there);
  if (entries.length === 0) return [{ path, before, after }];
  return entries.flatMap(([key, value]) =>
    leavesOf({
      path: [...path, key],
      before: before === undefined ? undefined : value,
      after: after === undefined ? undefined : value,
    }),
  );
}

/** For people: a line a field. */
export const changesOf = (object: KubeObject, differences: readonly Difference[]): readonly ResourceChange[] =>
  differences
    .flatMap(leavesOf)
    .slice(0, MAX_CHANGES)
    .map((difference) => {
      const { path, before, after } = difference;
      const text = (value: unknown) =>
        touchesSecret(object.kind, difference)
          ? '(hidden)'
          : (typeof value === 'string' ? value : canonicalJson(value)).slice(0, MAX_MESSAGE);
      return {
        resourceRef: refOf(object),
        changeType: 'patch' as const,
        field: fieldPath(path).slice(0, 512),
        ...given({
          oldValue: before === undefined ? undefined : text(before),
          newValue: after === undefined ? undefined : text(after),
        }),
      };
    });

/**
 * `guard` and `restores` hold 64 entries at most (action-status.ts); a list element on the way takes another one for
 * its name.
 */
const MAX_DIFFERENCES = 30;

/**
 * The request that sets everything back, as a JSON patch: it names each field, so that its neighbours, which may be
 * somebody else's by then, stay out of it. A list element is addressed by its place; that it still is the same one is
 * part of the guard.
 */
export function inverseOf(
  after: KubeObject,
  differences: readonly Difference[],
  where: { readonly path: string; readonly description: string },
): Result<Inverse> {
  if (differences.length > MAX_DIFFERENCES)
    return whyNot(`it changes ${differences.length} fields at once; at most ${MAX_DIFFERENCES} can be taken back`);
  const inverse = jsonInverse({
    path: where.path,
    description: where.description.slice(0, MAX_MESSAGE),
    operations: differences.map(backwards),
    changed: [
      ...differences.map((one) => ({ ...one, pointer: pointerOf(one.path) })),
      ...differences.flatMap(({ path }) => elementNames(after, path)),
    ],
  });
  const { length } = inverse.body ?? '';
  return length > MAX_BODY
    ? whyNot(`what takes it back has ${length} characters; at most ${MAX_BODY} can be kept in the action's status`)
    : { value: inverse };
}

function backwards({ path, before, after }: Difference): object {
  const pointer = pointerOf(path);
  if (before === undefined) return { op: 'remove', path: pointer };
  return { op: after === undefined ? 'add' : 'replace', path: pointer, value: before };
}

/** The operations of a JSON patch that make the differences on an object: for requests that carry its version. */
export function forwards(object: KubeObject, differences: readonly Difference[]): readonly object[] {
  const made = new Set<string>();
  return differences.flatMap(({ path, before, after }) => {
    const parent = path.slice(0, -1);
    const missing = valueAt(object, parent) === undefined && !made.has(pointerOf(parent));
    if (missing) made.add(pointerOf(parent));
    return [
      ...(missing ? [{ op: 'add', path: pointerOf(parent), value: {} }] : []),
      ...(after === undefined
        ? [{ op: 'remove', path: pointerOf(path) }]
        : [{ op: before === undefined ? 'add' : 'replace', path: pointerOf(path), value: after }]),
    ];
  });
}

/** Names of the list elements that a path goes through. */
function elementNames(object: KubeObject, path: readonly string[]): readonly ChangedField[] {
  return path.flatMap((part, index) => {
    const name = /^\d+$/.test(part) ? valueAt(object, [...path.slice(0, index + 1), 'name']) : undefined;
    return typeof name === 'string'
      ? [{ pointer: pointerOf([...path.slice(0, index + 1), 'name']), before: name, after: name }]
      : [];
  });
}

/** What differs between two revisions of a template, field by field: the answer to "what changed". */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import type { WorkloadObject } from './objects.ts';
import { oneLine } from './evidence.ts';

export interface Change {
  readonly field: string;
  readonly text: string;
}

/** A change of more fields is a new program, and a list of it helps nobody. */
const MAX_CHANGES = 20;
const NOISE = new Set(['pod-template-hash']);

export function changesBetween(before: WorkloadObject, after: WorkloadObject): readonly Change[] {
  const from = flat(before.spec?.template, '');
  const to = flat(after.spec?.template, '');
  const fields = [...new Set([...from.keys(), ...to.keys()])].toSorted();
  return fields
    .filter((field) => from.get(field) !== to.get(field) && !NOISE.has(field.split('.').at(-1) ?? ''))
    .slice(0, MAX_CHANGES)
    .map((field) => ({
      field,
      text: oneLine(`${field}: ${told(field, from) ?? '(absent)'} -> ${told(field, to) ?? '(gone)'}`, 200),
    }));
}

/** Of a variable and of an annotation it is told that it changed, and not its value: that may be a secret. */
const HIDDEN = /\.env\[[^\]]*\]\.value$|\.annotations\./;

function told(field: string, values: ReadonlyMap<string, string>): string | undefined {
  const value = values.get(field);
  return value !== undefined && HIDDEN.test(field) ? '(a value)' : value;
}

/** Leaves by path. Elements of a list go by their name, so that a new first container does not change all others. */
function flat(value: unknown, path: string): ReadonlyMap<string, string> {
  if (value === null || typeof value !== 'object') return new Map([[path, String(value)]]);
  const entries: readonly (readonly [string, unknown])[] = Array.isArray(value)
    ? value.map((one: unknown, index) => [`[${nameOf(one) ?? index}]`, one])
    : Object.entries(value).map(([key, one]) => [path === '' ? key : `.${key}`, one]);
  return new Map(entries.flatMap(([key, one]) => [...flat(one, `${path}${key}`)]));
}

function nameOf(value: unknown): string | undefined {
  const name = value !== null && typeof value === 'object' ? (value as { readonly name?: unknown }).name : undefined;
  return typeof name === 'string' ? name : undefined;
}

export interface LastChange {
  readonly at: Instant;
  /** The client, by the name that it gives itself; absent when that is not known. */
  readonly by?: string;
}

/** When an object was made or a field of it was set last, by the clock of the API server. */
export function lastChangeOf({ metadata }: KubeObject): LastChange | undefined {
  const writes = (metadata.managedFields ?? []) as readonly { readonly time?: string; readonly manager?: string }[];
  const made = fromTimestamp(metadata.creationTimestamp);
  const all = [
    ...(made === undefined ? [] : [{ at: made }]),
    ...writes.flatMap(({ time, manager }): readonly LastChange[] => {
      const at = fromTimestamp(time);
      return at === undefined ? [] : [{ at, ...(manager !== undefined && { by: manager }) }];
    }),
  ];
  return all.toSorted((a, b) => b.at - a.at || Number(b.by !== undefined) - Number(a.by !== undefined))[0];
}

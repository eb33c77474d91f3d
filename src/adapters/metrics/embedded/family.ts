/**
 * How a kind of object becomes series. One file a kind; the names and labels are those that the usual exporters
 * publish.
 */
import type { KubeObject } from '../../../shapes/kube.ts';
import { fromTimestamp } from '../../../std/clock.ts';
import { parseQuantity, quantityNumber } from '../../../std/quantity.ts';

export type LabelRecord = Readonly<Record<string, string>>;

/** Takes one series of the object. */
export type Emit = (labels: LabelRecord, value: number) => void;

/** An object as far as it is read here. Wire data: everything may be missing. */
export interface Readable extends KubeObject {
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface KindFamilies {
  readonly apiVersion: string;
  readonly kind: string;
  /** Paths of all that the families read, beside the metadata that is always there. */
  readonly fields: readonly string[];
  /** Metric name to how it is derived. Cost per change is the families asked for, not all of these. */
  readonly families: Readonly<Record<string, (object: Readable, emit: Emit) => void>>;
}

// Wire data is read through these, so that a missing or odd field is a missing series and never an exception.
export function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const key of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = (found as Readonly<Record<string, unknown>>)[key];
  }
  return found;
}

export const textAt = (value: unknown, ...path: readonly string[]): string => {
  const found = at(value, ...path);
  return typeof found === 'string' ? found : '';
};

export const numberAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const found = at(value, ...path);
  return typeof found === 'number' ? found : undefined;
};

export const listAt = (value: unknown, ...path: readonly string[]): readonly unknown[] => {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
};

export const entriesAt = (value: unknown, ...path: readonly string[]): readonly (readonly [string, unknown])[] => {
  const found = at(value, ...path);
  return typeof found === 'object' && found !== null ? Object.entries(found) : [];
};

/** A quantity in base units (bytes, cores, counts); undefined when the value is none. */
export function amountOf(value: unknown): number | undefined {
  const quantity = typeof value === 'string' || typeof value === 'number' ? parseQuantity(String(value)) : undefined;
  return quantity && quantityNumber(quantity);
}

/** Unix seconds of a timestamp field. */
export const secondsAt = (value: unknown, ...path: readonly string[]): number | undefined => {
  const instant = fromTimestamp(textAt(value, ...path));
  return instant === undefined ? undefined : instant / 1000;
};

/** A family with one series per object: the number at a path, `otherwise` when it is missing (undefined: no series). */
export function gauge(
  name: string,
  path: readonly string[],
  otherwise?: number,
): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    const value = numberAt(object, ...path) ?? otherwise;
    if (value !== undefined) emit(identity(object, name), value);
  };
}

export function time(name: string, path: readonly string[]): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    const value = secondsAt(object, ...path);
    if (value !== undefined) emit(identity(object, name), value);
  };
}

/** `{namespace, <label>: name}`; cluster-scoped objects have no namespace. */
export function identity({ metadata }: Readable, label: string): LabelRecord {
  return metadata.namespace === undefined
    ? { [label]: metadata.name }
    : { namespace: metadata.namespace, [label]: metadata.name };
}

const STATUSES = ['true', 'false', 'unknown'] as const;

/**
 * `status.conditions` as kube-state-metrics has them: for every condition a series for each of true, false and unknown.
 */
export function conditions(
  name: string,
  more: (condition: unknown) => LabelRecord = () => ({}),
): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    for (const condition of listAt(object, 'status', 'conditions')) {
      const labels = { ...identity(object, name), ...more(condition), condition: textAt(condition, 'type') };
      const actual = textAt(condition, 'status').toLowerCase();
      for (const status of STATUSES) emit({ ...labels, status }, Number(actual === status));
    }
  };
}

/** One type of condition, whose status is the label `condition`. */
export function conditionOf(
  type: string,
  labels: (object: Readable) => LabelRecord,
): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    for (const found of listAt(object, 'status', 'conditions')) {
      if (textAt(found, 'type') !== type) continue;
      const actual = textAt(found, 'status').toLowerCase();
      for (const status of STATUSES) emit({ ...labels(object), condition: status }, Number(actual === status));
    }
  };
}

/** One series per possible value of a phase, 1 for the present one. */
export function phases(name: string, values: readonly string[]): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    const phase = textAt(object, 'status', 'phase');
    if (phase === '') return;
    for (const value of values) emit({ ...identity(object, name), phase: value }, Number(phase === value));
  };
}

/**
 * `owner_kind`, `owner_name`, `owner_is_controller`; empty texts when there is no owner, as kube-state-metrics does.
 */
export function owners(name: string): (object: Readable, emit: Emit) => void {
  return (object, emit) => {
    const references = object.metadata.ownerReferences ?? [];
    const base = identity(object, name);
    if (references.length === 0) emit({ ...base, owner_kind: '', owner_name: '', owner_is_controller: '' }, 1);
    for (const { kind, name: owner, controller } of references) {
      emit({ ...base, owner_kind: kind, owner_name: owner, owner_is_controller: String(controller === true) }, 1);
    }
  };
}

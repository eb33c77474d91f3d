/**
 * What `metadata.managedFields` says of one field.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
 */
import type { KubeObject } from '../../shapes/kube.ts';

/** Names of fields, and indices of list elements, from the root of an object. */
export type Path = readonly string[];

interface ManagedFields {
  readonly manager?: string;
  readonly subresource?: string;
  readonly fieldsV1?: unknown;
}

/** Who set it last, each by the name that it gives itself. */
export function managersOf(target: KubeObject, field: Path): readonly string[] {
  return ((target.metadata.managedFields ?? []) as readonly ManagedFields[])
    .filter(({ subresource, fieldsV1 }) => subresource !== 'status' && owns(fieldsV1, field, target))
    .map(({ manager }) => manager ?? '');
}

/**
 * Whether a set of fields has this one, something around it that is owned as one piece, or something inside of it.
 * Elements of lists are named by their keys (`k:{"name":"app"}`), their value (`v:"x"`) or their index (`i:0`).
 */
function owns(set: unknown, [segment, ...rest]: Path, value: unknown): boolean {
  if (typeof set !== 'object' || set === null) return false;
  const entries = Object.entries(set).filter(([key]) => key !== '.');
  if (segment === undefined || entries.length === 0) return true;
  const child = isRecord(value) ? value[segment] : Array.isArray(value) ? value[Number(segment)] : undefined;
  return entries.some(([key, below]) => names(key, segment, child) && owns(below, rest, child));
}

function names(key: string, segment: string, element: unknown): boolean {
  const text = key.slice(2);
  switch (key.slice(0, 2)) {
    case 'f:':
      return text === segment;
    case 'i:':
      return text === segment;
    case 'v:':
      return element !== undefined && JSON.stringify(element) === text;
    case 'k:':
      return (
        isRecord(element) &&
        Object.entries(JSON.parse(text) as object).every(([name, wanted]) => element[name] === wanted)
      );
    default:
      return false;
  }
}

export const valueAt = (object: unknown, field: Path): unknown =>
  field.reduce<unknown>(
    (value, segment) => (isRecord(value) ? value[segment] : Array.isArray(value) ? value[Number(segment)] : undefined),
    object,
  );

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

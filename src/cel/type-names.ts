/** Types by the names that expressions give them, and the types of literals. */
import { BOOL, BYTES, type CelType, DOUBLE, DYN, INT, listOf, mapOf, NULL, STRING, typeOf, UINT } from './types.ts';
import { Uint } from './values.ts';

export const TYPE_NAMES: Readonly<Record<string, CelType>> = {
  bool: BOOL,
  int: INT,
  uint: UINT,
  double: DOUBLE,
  string: STRING,
  bytes: BYTES,
  list: listOf(DYN),
  map: mapOf(DYN, DYN),
  null_type: NULL,
  type: typeOf(),
};

/** The names of types that can be written in an expression. */
export const isTypeName = (name: string): boolean =>
  Object.hasOwn(TYPE_NAMES, name) || name === 'google.protobuf.Timestamp' || name === 'google.protobuf.Duration';

export function literalType(value: unknown): CelType {
  if (value === null) return NULL;
  if (typeof value === 'boolean') return BOOL;
  if (typeof value === 'bigint') return INT;
  if (typeof value === 'number') return DOUBLE;
  if (typeof value === 'string') return STRING;
  return value instanceof Uint ? UINT : BYTES;
}

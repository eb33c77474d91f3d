/** What an expression may use beside its variables: functions, and types that it can make values of. */
import { type Declaration, declare, FunctionTable, str } from './functions.ts';
import { AUTHORIZER_LIBRARY } from './libraries/authorizer.ts';
import { FORMAT_LIBRARY } from './libraries/formats.ts';
import { LIST_LIBRARY } from './libraries/lists.ts';
import { NETWORK_LIBRARY } from './libraries/network.ts';
import { QUANTITY_LIBRARY } from './libraries/quantity.ts';
import { STRING_LIBRARY } from './libraries/strings.ts';
import { STANDARD } from './standard.ts';
import type { MacroSet } from './macros.ts';
import { type CelType, DYN, STRING } from './types.ts';
import { Mapping, typeName, type Value } from './values.ts';

/** A type whose values are written `Name{field: value}`. */
export interface MessageType {
  readonly type: CelType;
  /** What a field reads as that was not set. */
  readonly unset: (field: string) => Value;
  /** Why a field cannot have the value, which the checker took for a fitting one. */
  readonly problem: (field: string, value: Value) => string | undefined;
}

export interface Dialect {
  readonly macros: MacroSet;
  readonly functions: FunctionTable;
  readonly message: (name: string) => MessageType | undefined;
}

/** Everything an expression in Kubernetes 1.36 may call. */
const LIBRARIES: readonly (readonly Declaration[])[] = [
  STANDARD,
  STRING_LIBRARY,
  LIST_LIBRARY,
  NETWORK_LIBRARY,
  QUANTITY_LIBRARY,
  FORMAT_LIBRARY,
  AUTHORIZER_LIBRARY,
];

export const PLAIN: Dialect = {
  macros: 'plain',
  functions: new FunctionTable(...LIBRARIES),
  message: () => undefined,
};

/** For expressions that select devices. */
export const BINDINGS: Dialect = { ...PLAIN, macros: 'bindings' };

/** `JSONPatch{op: …, path: …}`: one operation. */
export const JSON_PATCH_TYPE: CelType = {
  kind: 'object',
  name: 'JSONPatch',
  params: [],
  fields: new Map(
    Object.entries({ op: STRING, from: STRING, path: STRING, value: DYN }).map(([name, type]) => [
      name,
      { name, type },
    ]),
  ),
};

const objectTypes = new Map<string, CelType>();

/** `Object`, `Object.spec`, …: any field, of any type. */
function objectType(name: string): CelType {
  const known = objectTypes.get(name);
  if (known) return known;
  const made: CelType = { kind: 'object', name, params: [], anyField: true };
  // The names come from expressions, of which a long-lived process may see many.
  if (objectTypes.size < 10_000) objectTypes.set(name, made);
  return made;
}

/** The whole of the object to be changed. */
export const OBJECT_TYPE = objectType('Object');

const JSON_PATCH: MessageType = {
  type: JSON_PATCH_TYPE,
  unset: (field) => (field === 'value' ? null : ''),
  problem: (field, value) =>
    field === 'value' || typeof value === 'string'
      ? undefined
      : `unexpected type ${nativeType(value)} for JSONPatchType '${field}' field`,
};

/** What the original keeps a value in. */
function nativeType(value: Value): string {
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return 'float64';
  if (value === null) return 'structpb.NullValue';
  return Array.isArray(value)
    ? '[]interface {}'
    : value instanceof Mapping
      ? 'map[string]interface {}'
      : typeName(value);
}

const escapeKey = (key: string): string => key.replaceAll(/[~/]/g, (found) => (found === '~' ? '~0' : '~1'));

/**
 * For expressions that say how to change an object: k8s.io/apiserver/pkg/cel/mutation and pkg/cel/library/jsonpatch.go.
 */
export const PATCHES: Dialect = {
  macros: 'plain',
  functions: new FunctionTable(...LIBRARIES, [
    declare('jsonpatch.escapeKey(string): string', ([key]) => escapeKey(str(key))),
  ]),
  message: (name) => {
    if (name === JSON_PATCH_TYPE.name) return JSON_PATCH;
    if (name === OBJECT_TYPE.name || name.startsWith(`${OBJECT_TYPE.name}.`))
      return { type: objectType(name), unset: () => null, problem: () => undefined };
    return undefined;
  },
};

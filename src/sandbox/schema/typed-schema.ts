/**
 * What server-side apply needs to know of a type: which lists are sets or maps of their keys, which values change
 * owners as a whole. Made from the table of built-in kinds or from a custom resource's schema, unfolded on demand.
 */
import { type Field, type FieldType, OBJECT_META, type Struct, structOf } from '../../shapes/kinds.ts';
import { asList, asText, type Draft, isObject } from '../machinery/json.ts';

export type Scalar = 'string' | 'numeric' | 'boolean' | 'untyped';

/** A value may take any of the given forms. */
export interface Atom {
  readonly scalar?: Scalar;
  readonly list?: ListAtom;
  readonly map?: MapAtom;
}

export interface ListAtom {
  readonly element: Atom;
  readonly relation: 'atomic' | 'set' | 'map';
  readonly keys: readonly string[];
}

export interface MapAtom {
  readonly field: (name: string) => FieldAtom | undefined;
  /** Of names that are no field; undefined: there may be none. */
  readonly element?: Atom;
  readonly atomic: boolean;
}

export interface FieldAtom {
  readonly atom: Atom;
  readonly fallback?: string | number | boolean;
}

const NO_FIELD = (): undefined => undefined;

/** JSON of any shape: maps by name, lists as a whole. */
export const DEDUCED: Atom = {
  scalar: 'untyped',
  get list(): ListAtom {
    return { element: DEDUCED, relation: 'atomic', keys: [] };
  },
  get map(): MapAtom {
    return { field: NO_FIELD, element: DEDUCED, atomic: false };
  },
};

const SCALAR_OF: Partial<Readonly<Record<FieldType['shape'], Scalar>>> = {
  string: 'string',
  bytes: 'string',
  bool: 'boolean',
  int: 'numeric',
  float: 'numeric',
  duration: 'string',
};

const structAtoms = new Map<string, Atom>();

/** Of a built-in kind, or a type that one contains. */
export function atomOfStruct(struct: Struct): Atom {
  const present = structAtoms.get(struct.id);
  if (present) return present;
  const fields = new Map<string, FieldAtom>();
  const atom: Atom = {
    map: {
      atomic: struct.atomic,
      field: (name) => {
        const known = fields.get(name);
        if (known) return known;
        const field = struct.byName.get(name);
        if (!field) return undefined;
        const made: FieldAtom = {
          atom: atomOfField(field),
          ...(field.fallback === undefined ? {} : { fallback: field.fallback }),
        };
        fields.set(name, made);
        return made;
      },
    },
  };
  structAtoms.set(struct.id, atom);
  return atom;
}

function atomOfField(field: Field): Atom {
  const atom = atomOfType(field.type, field);
  return field.atomic && atom.map ? { ...atom, map: { ...atom.map, atomic: true } } : atom;
}

function atomOfType(type: FieldType, field?: Field): Atom {
  switch (type.shape) {
    case 'struct':
      return atomOfStruct(structOf(type.struct as string));
    case 'list': {
      const keys = field?.listKeys;
      return {
        list: {
          element: atomOfType(type.element as FieldType),
          relation: keys === undefined ? 'atomic' : keys.length === 0 ? 'set' : 'map',
          keys: keys ?? [],
        },
      };
    }
    case 'map':
      return { map: { field: NO_FIELD, element: atomOfType(type.element as FieldType), atomic: false } };
    case 'any':
      return DEDUCED;
    default:
      return { scalar: SCALAR_OF[type.shape] ?? 'untyped' };
  }
}

const SCALAR_BY_TYPE: Readonly<Record<string, Scalar>> = {
  string: 'string',
  integer: 'numeric',
  number: 'numeric',
  boolean: 'boolean',
};

const schemaAtoms = new WeakMap<object, Atom>();

/** Of a custom resource: `schema` is `openAPIV3Schema` (frozen data), or undefined where the version has none. */
export function atomOfSchema(schema: unknown): Atom {
  if (!isObject(schema)) return DEDUCED_OBJECT;
  const present = schemaAtoms.get(schema);
  if (present) return present;
  const root = atomOfNode(schema);
  const string: Atom = { scalar: 'string' };
  const own = root.map ?? DEDUCED_MAP;
  const meta: FieldAtom = { atom: atomOfStruct(structOf(OBJECT_META)) };
  const atom: Atom = {
    map: {
      atomic: own.atomic,
      field: (name) =>
        name === 'apiVersion' || name === 'kind' ? { atom: string } : name === 'metadata' ? meta : own.field(name),
      ...(own.element ? { element: own.element } : {}),
    },
  };
  schemaAtoms.set(schema, atom);
  return atom;
}

const DEDUCED_MAP: MapAtom = {
  field: (name) => (name === 'metadata' ? { atom: atomOfStruct(structOf(OBJECT_META)) } : undefined),
  element: DEDUCED,
  atomic: false,
};
const DEDUCED_OBJECT: Atom = { map: DEDUCED_MAP };

function atomOfNode(node: Draft): Atom {
  const present = schemaAtoms.get(node);
  if (present) return present;
  const made = makeNode(node);
  schemaAtoms.set(node, made);
  return made;
}

function makeNode(node: Draft): Atom {
  const preserve = node['x-kubernetes-preserve-unknown-fields'] === true;
  if (node['x-kubernetes-int-or-string'] === true) return { scalar: 'untyped' };
  const type = asText(node['type']);
  if (type === 'array') {
    const items = isObject(node['items']) ? atomOfNode(node['items']) : DEDUCED;
    const kind = asText(node['x-kubernetes-list-type']);
    const relation = kind === 'set' || kind === 'map' ? kind : 'atomic';
    return { list: { element: items, relation, keys: asList(node['x-kubernetes-list-map-keys']).map(asText) } };
  }
  if (type === 'object' || isObject(node['properties']) || isObject(node['additionalProperties']))
    return { map: mapOfNode(node, preserve) };
  const scalar = SCALAR_BY_TYPE[type];
  if (!scalar) return DEDUCED;
  // A string with a format is compared as it is, whatever its type: dates and quantities have several spellings.
  return { scalar: scalar === 'string' && !['', 'byte'].includes(asText(node['format'])) ? 'untyped' : scalar };
}

function mapOfNode(node: Draft, preserve: boolean): MapAtom {
  const properties = isObject(node['properties']) ? node['properties'] : {};
  const additional = node['additionalProperties'];
  const element = isObject(additional) ? atomOfNode(additional) : preserve || additional === true ? DEDUCED : undefined;
  const embedded = node['x-kubernetes-embedded-resource'] === true;
  const shapeless = !isObject(node['properties']) && element === undefined && !preserve;
  return {
    atomic: asText(node['x-kubernetes-map-type']) === 'atomic',
    field: (name) => {
      if (embedded && name === 'metadata') return { atom: atomOfStruct(structOf(OBJECT_META)) };
      const property = Object.hasOwn(properties, name) ? properties[name] : undefined;
      if (embedded && !isObject(property) && (name === 'apiVersion' || name === 'kind'))
        return { atom: { scalar: 'string' } };
      if (!isObject(property)) return undefined;
      const fallback = property['default'];
      const scalar = typeof fallback === 'string' || typeof fallback === 'number' || typeof fallback === 'boolean';
      return { atom: atomOfNode(property), ...(scalar ? { fallback } : {}) };
    },
    ...(element ? { element } : shapeless ? { element: DEDUCED } : {}),
  };
}

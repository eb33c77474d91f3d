/**
 * The fields of the built-in kinds, as a tree that is unfolded on demand: what the sandbox's decoder, patches and
 * server-side apply, and the protobuf codec, know of a kind. Facts come from `kinds.generated.ts`.
 */
import { GROUPS, TYPES } from './kinds.generated.ts';

export type FieldShape =
  | 'string'
  | 'bool'
  | 'int'
  | 'float'
  | 'bytes'
  | 'list'
  | 'map'
  | 'struct'
  | 'time'
  | 'microTime'
  | 'duration'
  | 'quantity'
  | 'intOrString'
  /** JSON of any shape: RawExtension, FieldsV1, JSON, JSONSchemaPropsOr…. */
  | 'any';

export interface FieldType {
  readonly shape: FieldShape;
  /** As Go's error messages print it: `v1.PodSpec`, `[]v1.Container`, `int32`. */
  readonly goName: string;
  /** Absence differs from the zero value. */
  readonly pointer: boolean;
  /** Of an int. */
  readonly bits: 32 | 64;
  /** Of a list or map. */
  readonly element?: FieldType;
  /** Of a struct: `core/v1.PodSpec`. */
  readonly struct?: string;
}

export interface Field {
  /** Empty for an inlined struct. */
  readonly json: string;
  /** Names of the inlined structs that hold it, outermost first: `ProbeHandler`. */
  readonly within: readonly string[];
  readonly type: FieldType;
  /** Protobuf field number; 0 where the field is not encoded. */
  readonly number: number;
  readonly inline: boolean;
  readonly omitempty: boolean;
  readonly omitzero: boolean;
  readonly optional: boolean;
  /** A map or struct that changes owners as a whole. */
  readonly atomic: boolean;
  /** Undefined: an atomic list. Empty: a set. Else a map by these keys. */
  readonly listKeys?: readonly string[];
  /** Strategic merge patch. */
  readonly patchStrategies: readonly string[];
  readonly mergeKey?: string;
  /** What the API fills in; the zero value where a key must be there. */
  readonly fallback?: string | number | boolean;
}

export interface Struct {
  /** `core/v1.PodSpec`. */
  readonly id: string;
  /** `PodSpec`. */
  readonly name: string;
  /** As declared; inlined structs are one entry, as in protobuf. */
  readonly declared: readonly Field[];
  /** As JSON has them: inlined structs spread in place. Go encodes in this order. */
  readonly fields: readonly Field[];
  readonly byName: ReadonlyMap<string, Field>;
  readonly atomic: boolean;
}

const WELL_KNOWN: Readonly<Record<string, FieldShape>> = {
  'meta/v1.Time': 'time',
  'meta/v1.MicroTime': 'microTime',
  'meta/v1.Duration': 'duration',
  'meta/v1.FieldsV1': 'any',
  'resource.Quantity': 'quantity',
  'intstr.IntOrString': 'intOrString',
  'runtime.RawExtension': 'any',
  'runtime.Object': 'any',
  'types.UID': 'string',
  'apiextensions/v1.JSON': 'any',
  'apiextensions/v1.JSONSchemaPropsOrArray': 'any',
  'apiextensions/v1.JSONSchemaPropsOrBool': 'any',
  'apiextensions/v1.JSONSchemaPropsOrStringArray': 'any',
};

const SCALARS: Readonly<Record<string, FieldShape>> = {
  string: 'string',
  bool: 'bool',
  int32: 'int',
  int64: 'int',
  int: 'int',
  uint8: 'int',
  float64: 'float',
  float32: 'float',
};

/** `core/v1.PodSpec` → `v1.PodSpec`. */
const goName = (id: string): string => id.slice(id.lastIndexOf('/', id.lastIndexOf('.')) + 1);

const entryOf = (id: string): string | undefined => {
  const dot = id.lastIndexOf('.');
  return TYPES[id.slice(0, dot)]?.[id.slice(dot + 1)];
};

function parseType(text: string, pkg: string): FieldType {
  if (text.startsWith('*')) return { ...parseType(text.slice(1), pkg), pointer: true };
  const plain = { pointer: false, bits: 64 } as const;
  if (text === '[]byte') return { ...plain, shape: 'bytes', goName: '[]uint8' };
  if (text.startsWith('[]')) {
    const element = parseType(text.slice(2), pkg);
    return { ...plain, shape: 'list', element, goName: `[]${element.pointer ? '*' : ''}${element.goName}` };
  }
  const map = /^map\[([^\]]+)\](.*)$/.exec(text);
  if (map?.[1] && map[2]) {
    const key = parseType(map[1], pkg);
    const element = parseType(map[2], pkg);
    return {
      ...plain,
      shape: 'map',
      element,
      goName: `map[${key.goName}]${element.pointer ? '*' : ''}${element.goName}`,
    };
  }
  const scalar = SCALARS[text];
  if (scalar) return { ...plain, shape: scalar, goName: text, bits: text === 'int32' ? 32 : 64 };
  const id = text.includes('.') ? text : `${pkg}.${text}`;
  const known = WELL_KNOWN[id];
  if (known) return { ...plain, shape: known, goName: goName(id) };
  const entry = entryOf(id);
  if (entry === undefined) throw new Error(`the table of kinds has no type ${id}`);
  if (entry.startsWith('='))
    return { ...parseType(entry.slice(1), id.slice(0, id.lastIndexOf('.'))), goName: goName(id) };
  return { ...plain, shape: 'struct', struct: id, goName: goName(id) };
}

const ZERO: Partial<Readonly<Record<FieldShape, string | number | boolean>>> = {
  string: '',
  int: 0,
  float: 0,
  bool: false,
};

function parseField(text: string, pkg: string): Field {
  const [json = '', typeText = '', number = '', flagText = ''] = text.split('|');
  const flags = new Map(
    flagText.split(' ').map((flag) => [flag.split('=')[0] ?? '', flag.split('=')[1] ?? ''] as const),
  );
  const type = parseType(typeText, pkg);
  const keys = flags.get('l');
  const mergeKey = flags.get('k');
  const given = flags.get('d');
  const fallback =
    given !== undefined
      ? (JSON.parse(given) as string | number | boolean)
      : flags.has('o') || type.pointer
        ? undefined
        : ZERO[type.shape];
  return {
    json,
    within: [],
    type,
    number: Number(number),
    inline: flags.has('i'),
    omitempty: flags.has('o'),
    omitzero: flags.has('z'),
    optional: flags.has('q') || flags.has('o') || flags.has('z'),
    atomic: flags.has('a'),
    patchStrategies: (flags.get('p') ?? '').split(',').filter((each) => each !== ''),
    ...(keys === undefined ? {} : { listKeys: keys.split(',').filter((each) => each !== '') }),
    ...(mergeKey ? { mergeKey } : {}),
    ...(fallback === undefined ? {} : { fallback }),
  };
}

const structs = new Map<string, Struct>();

/** Asserts that the table has it: ids come from the table itself. */
export function structOf(id: string): Struct {
  const present = structs.get(id);
  if (present) return present;
  const entry = entryOf(id);
  if (entry === undefined) throw new Error(`the table of kinds has no struct ${id}`);
  const pkg = id.slice(0, id.lastIndexOf('.'));
  const atomic = entry.startsWith('!');
  const body = atomic ? entry.slice(1) : entry;
  const declared = body === '' ? [] : body.split(';').map((field) => parseField(field, pkg));
  const fields = declared.flatMap((field) => {
    if (!field.inline || !field.type.struct) return [field];
    const inner = structOf(field.type.struct);
    return inner.fields.map((each) => ({ ...each, within: [inner.name, ...each.within] }));
  });
  const made: Struct = {
    id,
    name: id.slice(id.lastIndexOf('.') + 1),
    declared,
    fields,
    byName: new Map(fields.map((field) => [field.json, field])),
    atomic,
  };
  structs.set(id, made);
  return made;
}

const packagesByGroup = new Map(
  Object.entries(GROUPS).map(([pkg, group]) => [`${group}/${pkg.split('/')[1] ?? ''}`, pkg]),
);

/** The struct of a kind, or undefined for what is not built in. `findKind('apps', 'v1', 'Deployment')`. */
export function findKind(group: string, version: string, kind: string): Struct | undefined {
  const pkg = packagesByGroup.get(`${group}/${version}`);
  return pkg !== undefined && TYPES[pkg]?.[kind] !== undefined ? structOf(`${pkg}.${kind}`) : undefined;
}

export const OBJECT_META = 'meta/v1.ObjectMeta';

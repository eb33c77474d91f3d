/**
 * From the published field table and a projection to a plan: for each message the fields to read, by number. Everything that is not in a plan is
 * skipped by its length, unread. Values come out as the JSON encoding of the same object has them, which needs Go's `omitempty` and pointers.
 */
import { GROUPS, TYPES } from '../../api/kinds.generated.ts';
import { assert } from '../../std/assert.ts';
import type { FieldTree, Projection } from '../projection.ts';
import type { ResourceType } from '../resource.ts';

/** What a field's bytes are. `message` carries its plan, `map` the kind of its values. */
export type ValueKind =
  | { readonly is: 'string' | 'unique' | 'bool' | 'int' | 'double' | 'bytes' | 'time' | 'microTime' | 'quantity' | 'intOrString' | 'json' }
  | { readonly is: 'message'; readonly plan: MessagePlan }
  | MapKind;

export interface MapKind {
  readonly is: 'map';
  readonly value: ValueKind;
  /** The only keys to keep; absent: all. */
  readonly keys: ReadonlySet<string> | undefined;
}

export interface FieldPlan {
  readonly name: string;
  readonly value: ValueKind;
  readonly repeated: boolean;
  /** Left out of JSON when zero: `omitempty` on a value that is not a pointer. */
  readonly omitZero: boolean;
  /** JSON shows a time that is not set as null, but for pointers and `omitzero`. What a projection names field by field drops nulls. */
  readonly nullWhenUnset: boolean;
  /** Fields of the embedded message belong to the embedding one. */
  readonly inline: boolean;
}

/** Fields by number, `undefined` for those to skip. */
export interface MessagePlan {
  readonly fields: (FieldPlan | undefined)[];
  /**
   * What a whole object within another starts with in JSON. Protobuf carries neither apiVersion nor kind there, and the API server fills them in
   * (`volumeClaimTemplates` of a StatefulSet).
   */
  readonly embedded: { readonly apiVersion: string; readonly kind: string } | undefined;
}

/** The type of Go package and name; undefined when the table has none (custom resources). */
export function planOf(type: Pick<ResourceType, 'group' | 'version' | 'kind'>, projection: Projection): MessagePlan | undefined {
  const pack = packageOf(type);
  return pack === undefined ? undefined : compile({ pack, name: type.kind }, projection.tree, new Map());
}

export function packageOf(type: Pick<ResourceType, 'group' | 'version' | 'kind'>): string | undefined {
  for (const pack in GROUPS) {
    if (GROUPS[pack] === type.group && pack.endsWith(`/${type.version}`) && TYPES[pack]?.[type.kind] !== undefined) return pack;
  }
  return undefined;
}

interface TypeName {
  readonly pack: string;
  readonly name: string;
}

/** `open`: the plans of whole types being made, for those that contain themselves. managedFields are never kept. */
function compile(type: TypeName, tree: FieldTree, open: Map<string, MessagePlan>): MessagePlan {
  const id = `${type.pack}.${type.name}`;
  const known = tree === true ? open.get(id) : undefined;
  if (known !== undefined) return known;
  const text = TYPES[type.pack]?.[type.name];
  assert(text !== undefined, `the field table has no ${id}`);
  const embedded = tree === true && text.startsWith('|meta/v1.TypeMeta|') && open.size > 0 ? typeMetaOf(type) : undefined;
  const plan: MessagePlan = { fields: [], embedded };
  if (tree === true) open.set(id, plan);
  for (const entry of text.replace(/^!/, '').split(';')) {
    const [name = '', goType = '', number = '', flags = ''] = entry.split('|');
    if (number === '') continue;
    const inline = name === '';
    const below = inline || tree === true ? tree : tree.get(name);
    if (below === undefined || (type.name === 'ObjectMeta' && name === 'managedFields')) continue;
    const pointer = goType.startsWith('*');
    const { value, repeated } = valueOf({ goType: pointer ? goType.slice(1) : goType, pack: type.pack, name }, below, open);
    plan.fields[Number(number)] = {
      name,
      value,
      repeated,
      inline,
      omitZero: !pointer && flags.split(' ').includes('o'),
      nullWhenUnset: tree === true && !pointer && !flags.split(' ').includes('z'),
    };
  }
  return plan;
}

function typeMetaOf({ pack, name }: TypeName): { readonly apiVersion: string; readonly kind: string } {
  const version = pack.slice(pack.indexOf('/') + 1);
  const group = GROUPS[pack];
  return { apiVersion: group === undefined || group === '' ? version : `${group}/${version}`, kind: name };
}

const LEAVES: Readonly<Record<string, ValueKind>> = {
  string: { is: 'string' },
  bool: { is: 'bool' },
  int: { is: 'int' },
  int32: { is: 'int' },
  int64: { is: 'int' },
  float64: { is: 'double' },
  '[]byte': { is: 'bytes' },
  'meta/v1.Time': { is: 'time' },
  'meta/v1.MicroTime': { is: 'microTime' },
  'meta/v1.FieldsV1': { is: 'json' },
  'resource.Quantity': { is: 'quantity' },
  'intstr.IntOrString': { is: 'intOrString' },
  'runtime.RawExtension': { is: 'json' },
  'types.UID': { is: 'unique' },
};

/** Fields whose strings are nearly never the same twice; not worth a lookup. */
const UNIQUE = new Set(['name', 'generateName', 'resourceVersion', 'uid', 'message', 'podIP', 'ip', 'containerID']);

function valueOf(
  field: { readonly goType: string; readonly pack: string; readonly name: string },
  tree: FieldTree,
  open: Map<string, MessagePlan>,
): { readonly value: ValueKind; readonly repeated: boolean } {
  const { goType, pack, name } = field;
  const single = (value: ValueKind) => ({ value, repeated: false });
  const leaf = LEAVES[goType] ?? LEAVES[`${pack}.${goType}`];
  if (leaf !== undefined) return single(leaf.is === 'string' && UNIQUE.has(name) ? { is: 'unique' } : leaf);
  if (goType.startsWith('[]')) return { value: valueOf({ ...field, goType: goType.slice(2) }, tree, open).value, repeated: true };
  const map = /^map\[[^\]]+\](.+)$/.exec(goType);
  if (map) {
    const { value } = valueOf({ ...field, name: '', goType: map[1] as string }, true, open);
    return single({ is: 'map', value, keys: tree === true ? undefined : new Set(tree.keys()) });
  }
  const slash = goType.lastIndexOf('.');
  const named: TypeName = slash < 0 ? { pack, name: goType } : { pack: goType.slice(0, slash), name: goType.slice(slash + 1) };
  const target = TYPES[named.pack]?.[named.name];
  // A named string of a package outside the table.
  if (target === undefined) return single({ is: 'string' });
  if (target.startsWith('=')) return valueOf({ ...field, pack: named.pack, goType: target.slice(1) }, tree, open);
  return single({ is: 'message', plan: compile(named, tree, open) });
}

export const STATUS_PLAN: MessagePlan = compile({ pack: 'meta/v1', name: 'Status' }, true, new Map());
export const LIST_META_PLAN: MessagePlan = compile({ pack: 'meta/v1', name: 'ListMeta' }, true, new Map());

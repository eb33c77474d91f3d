/**
 * From the published field table and a projection to a plan: for each message the fields to read, by number. Everything
 * that is not in a plan is skipped by its length, unread. Values come out as the JSON encoding of the same object has
 * them, which needs Go's `omitempty` and pointers.
 */
import type { OwnerReference } from '../../shapes/kube.ts';
import { GROUPS, TYPES } from '../../shapes/kinds.generated.ts';
import { assert } from '../../std/assert.ts';
import type { FieldTree, Projection } from '../projection.ts';
import type { ResourceType } from '../resource.ts';
import { newShape, type Shape } from '../shape.ts';
import { Generations, StringPool } from '../string-pool.ts';

/** What a field's bytes are. `message` carries its plan, `map` the kind of its values. */
export type ValueKind =
  | {
      readonly is:
        | 'string'
        | 'unique'
        | 'bool'
        | 'int'
        | 'double'
        | 'bytes'
        | 'time'
        | 'microTime'
        | 'quantity'
        | 'intOrString'
        | 'json';
    }
  | { readonly is: 'message'; readonly plan: MessagePlan }
  | MapKind;

export interface MapKind {
  readonly is: 'map';
  readonly value: ValueKind;
  /** The only keys to keep, and their lengths in bytes, which tell most others without decoding them; absent: all. */
  readonly keys: { readonly names: ReadonlySet<string>; readonly lengths: ReadonlySet<number> } | undefined;
}

/** Values that many objects have in common are found by their bytes, undecoded. */
export interface Sharing {
  readonly known: Generations<unknown>;
  /** The value to share in the place of a decoded one; throws a `TypeError` for one that is not as it must be. */
  readonly unify: (value: unknown) => unknown;
}

export interface FieldPlan {
  readonly name: string;
  readonly value: ValueKind;
  readonly repeated: boolean;
  /** Left out of JSON when zero: `omitempty` on a value that is not a pointer. */
  readonly omitZero: boolean;
  /**
   * JSON shows a time that is not set as null, but for pointers and `omitzero`. What a projection names field by field
   * drops nulls.
   */
  readonly nullWhenUnset: boolean;
  /** Fields of the embedded message belong to the embedding one. */
  readonly inline: boolean;
  readonly sharing: Sharing | undefined;
}

/** What to read of a message. */
export interface MessagePlan {
  /** By number, `undefined` for those to skip. Made when the first such message is read: most are in no object. */
  readonly fields: readonly (FieldPlan | undefined)[];
  /**
   * What a whole object within another starts with in JSON. Protobuf carries neither apiVersion nor kind there, and the
   * API server fills them in (`volumeClaimTemplates` of a StatefulSet).
   */
  readonly embedded: { readonly apiVersion: string; readonly kind: string } | undefined;
  readonly Shape: Shape;
}

/**
 * Undefined when the table does not have the type (custom resources). Labels and owners are shared through the pool.
 */
export function planOf(
  type: Pick<ResourceType, 'group' | 'version' | 'kind'>,
  projection: Projection,
  pool: StringPool,
): MessagePlan | undefined {
  const pack = packageOf(type);
  if (pack === undefined) return undefined;
  const name = { pack, name: type.kind };
  return new Compiler(pool).message(name, projection.tree, typeMetaOf(name));
}

export function packageOf(type: Pick<ResourceType, 'group' | 'version' | 'kind'>): string | undefined {
  for (const pack in GROUPS) {
    if (GROUPS[pack] === type.group && pack.endsWith(`/${type.version}`) && TYPES[pack]?.[type.kind] !== undefined)
      return pack;
  }
  return undefined;
}

interface TypeName {
  readonly pack: string;
  readonly name: string;
}

/** A line of the field table. */
interface FieldEntry {
  /** Empty for a message whose fields belong to the embedding one. */
  readonly name: string;
  readonly goType: string;
  readonly number: number;
  readonly flags: readonly string[];
}

/** The table is text; each of its types is read once. */
const entries = new Map<string, readonly FieldEntry[]>();

function fieldsOf({ pack, name: type }: TypeName): readonly FieldEntry[] {
  const id = `${pack}.${type}`;
  const known = entries.get(id);
  if (known !== undefined) return known;
  const text = TYPES[pack]?.[type];
  assert(text !== undefined, `the field table has no ${id}`);
  const read = text
    .replace(/^!/, '')
    .split(';')
    .map((entry): FieldEntry => {
      const [name = '', goType = '', number = '', flags = ''] = entry.split('|');
      return { name, goType, number: Number(number), flags: flags.split(' ') };
    })
    // What only JSON has carries no number.
    .filter(({ number }) => number > 0);
  entries.set(id, read);
  return read;
}

class LazyMessage implements MessagePlan {
  readonly embedded: MessagePlan['embedded'];
  readonly Shape = newShape();
  readonly #make: () => MessagePlan['fields'];
  #fields: MessagePlan['fields'] | undefined;

  constructor(embedded: MessagePlan['embedded'], make: () => MessagePlan['fields']) {
    this.embedded = embedded;
    this.#make = make;
  }

  get fields(): MessagePlan['fields'] {
    return (this.#fields ??= this.#make());
  }
}

class Compiler {
  readonly #pool: StringPool;
  /** The plans of whole types: one for each, and a type may contain itself. */
  readonly #whole = new Map<string, MessagePlan>();

  constructor(pool: StringPool) {
    this.#pool = pool;
  }

  /** managedFields are never kept. */
  message(type: TypeName, tree: FieldTree, embedded?: MessagePlan['embedded']): MessagePlan {
    const id = `${type.pack}.${type.name}`;
    const known = tree === true ? this.#whole.get(id) : undefined;
    if (known !== undefined) return known;
    const plan = new LazyMessage(embedded, () => this.#fields(type, tree));
    if (tree === true) this.#whole.set(id, plan);
    return plan;
  }

  #fields(type: TypeName, tree: FieldTree): MessagePlan['fields'] {
    const fields: (FieldPlan | undefined)[] = [];
    for (const entry of fieldsOf(type)) {
      const below = entry.name === '' || tree === true ? tree : tree.get(entry.name);
      if (below === undefined || (type.name === 'ObjectMeta' && entry.name === 'managedFields')) continue;
      fields[entry.number] = this.#field(type, entry, below);
    }
    return fields;
  }

  #field(owner: TypeName, { name, goType, flags }: FieldEntry, tree: FieldTree): FieldPlan {
    const pointer = goType.startsWith('*');
    const unique = UNIQUE.has(`${owner.name}.${name}`) || UNIQUE.has(name);
    const { value, repeated } = this.#value(
      { goType: pointer ? goType.slice(1) : goType, pack: owner.pack, unique },
      tree,
    );
    return {
      name,
      value,
      repeated,
      inline: name === '',
      omitZero: !pointer && flags.includes('o'),
      nullWhenUnset: tree === true && !pointer && !flags.includes('z'),
      sharing: this.#sharing(owner, name, tree === true && !repeated ? value : undefined),
    };
  }

  #sharing(owner: TypeName, name: string, whole: ValueKind | undefined): Sharing | undefined {
    const known = () => new Generations<unknown>(SHARED_VALUES);
    const field = `${owner.name}.${name}`;
    if (field === 'ObjectMeta.labels')
      return { known: known(), unify: (labels) => this.#pool.labels(labels as Record<string, string>) };
    if (field === 'ObjectMeta.ownerReferences')
      return { known: known(), unify: (owners) => this.#pool.owners(completeOwners(owners)) };
    if (whole?.is !== 'message') return undefined;
    const id = `${owner.pack}.${field}`;
    const shared = repeating.get(id) ?? repeats(whole, 4);
    repeating.set(id, shared);
    return shared ? { known: known(), unify: (value) => value } : undefined;
  }

  #value(
    field: { readonly goType: string; readonly pack: string; readonly unique: boolean },
    tree: FieldTree,
  ): { readonly value: ValueKind; readonly repeated: boolean } {
    const { goType, pack, unique } = field;
    const single = (value: ValueKind) => ({ value, repeated: false });
    const leaf = LEAVES[goType] ?? LEAVES[`${pack}.${goType}`];
    if (leaf !== undefined) return single(leaf.is === 'string' && unique ? { is: 'unique' } : leaf);
    if (goType.startsWith('[]'))
      return { value: this.#value({ ...field, goType: goType.slice(2) }, tree).value, repeated: true };
    const map = /^map\[[^\]]+\](.+)$/.exec(goType);
    if (map) {
      const { value } = this.#value({ goType: map[1] as string, pack, unique: false }, true);
      const keys = tree === true ? undefined : [...tree.keys()];
      return single({
        is: 'map',
        value,
        keys: keys && { names: new Set(keys), lengths: new Set(keys.map((key) => Buffer.byteLength(key))) },
      });
    }
    const slash = goType.lastIndexOf('.');
    const named: TypeName =
      slash < 0 ? { pack, name: goType } : { pack: goType.slice(0, slash), name: goType.slice(slash + 1) };
    const target = TYPES[named.pack]?.[named.name];
    // A named string of a package outside the table.
    if (target === undefined) return single({ is: 'string' });
    if (target.startsWith('=')) return this.#value({ ...field, pack: named.pack, goType: target.slice(1) }, tree);
    const embedded = tree === true && target.startsWith('|meta/v1.TypeMeta|') ? typeMetaOf(named) : undefined;
    return single({ is: 'message', plan: this.message(named, tree, embedded) });
  }
}

/**
 * Of each shared field: the label maps, owners and resource requirements of as many workloads, 2 × 4,096 × 0.5 KB = 4
 * MB at most.
 */
const SHARED_VALUES = 4096;

/** Of the table's fields that are whole messages, by package, type and name. */
const repeating = new Map<string, boolean>();

/** Whether equal bytes are to be expected in many objects: nothing in it is a moment, a count or a name of its own. */
function repeats(kind: ValueKind, depth: number): boolean {
  if (kind.is === 'map') return repeats(kind.value, depth);
  if (kind.is === 'message')
    return (
      depth > 0 &&
      kind.plan.fields.every((field) => field === undefined || field.inline || repeats(field.value, depth - 1))
    );
  return kind.is === 'string' || kind.is === 'quantity' || kind.is === 'intOrString' || kind.is === 'bool';
}

function completeOwners(owners: unknown): readonly OwnerReference[] {
  for (const { apiVersion, kind, name, uid } of owners as readonly Partial<OwnerReference>[]) {
    const complete = apiVersion !== undefined && kind !== undefined && name !== undefined && uid !== undefined;
    if (!complete) throw new TypeError('an incomplete owner reference');
  }
  return owners as readonly OwnerReference[];
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
const UNIQUE = new Set([
  'ObjectMeta.name',
  'generateName',
  'resourceVersion',
  'uid',
  'message',
  'podIP',
  'ip',
  'containerID',
]);

export const STATUS_PLAN: MessagePlan = new Compiler(new StringPool()).message(
  { pack: 'meta/v1', name: 'Status' },
  true,
);
export const LIST_META_PLAN: MessagePlan = new Compiler(new StringPool()).message(
  { pack: 'meta/v1', name: 'ListMeta' },
  true,
);

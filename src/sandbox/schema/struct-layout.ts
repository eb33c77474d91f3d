/**
 * How the fields of a struct are written: what a decoder looks up for each field that is given, made once for each
 * struct. The rules are those of Go's encoder (`omitempty`, `omitzero`). https://pkg.go.dev/encoding/json#Marshal
 */
import type { Field, FieldShape, Struct } from '../../shapes/kinds.ts';

/** A field of a struct, as the encoder sees it. */
export interface Slot {
  readonly field: Field;
  /** Among the fields of the struct. */
  readonly place: number;
  /** Written where nothing was given, too. */
  readonly always: boolean;
  /** Left out where it is empty. */
  readonly droppable: boolean;
  /** A list that is written as null where it is empty. */
  readonly nullable: boolean;
}

export interface Layout {
  readonly byName: ReadonlyMap<string, Slot>;
  readonly always: readonly Slot[];
  readonly lists: readonly Slot[];
}

/** Of structs of the table of kinds, which are as many as that has. */
const layouts = new WeakMap<Struct, Layout>();

export function layoutOf(struct: Struct): Layout {
  const present = layouts.get(struct);
  if (present) return present;
  const slots = struct.fields.map((field, place) => slotOf(field, place));
  const made: Layout = {
    byName: new Map(slots.map((slot) => [slot.field.json, slot])),
    always: slots.filter(({ always }) => always),
    lists: slots.filter(({ field }) => field.type.shape === 'list'),
  };
  layouts.set(struct, made);
  return made;
}

const DROPPABLE: ReadonlySet<FieldShape> = new Set(['string', 'bool', 'int', 'float', 'list', 'map', 'bytes']);

function slotOf(field: Field, place: number): Slot {
  const { type, omitempty, omitzero } = field;
  // Raw values are structs: only pointers and slices among them can be left out.
  const mayLack = omitempty && (type.pointer || type.shape === 'any' || DROPPABLE.has(type.shape));
  return {
    field,
    place,
    always: !omitzero && !mayLack,
    droppable: omitempty && !type.pointer && DROPPABLE.has(type.shape),
    nullable: !omitempty && type.shape === 'list',
  };
}

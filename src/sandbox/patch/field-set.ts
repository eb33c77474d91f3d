/**
 * Sets of field paths, as managedFields keeps them. A path element is kept in its serialised form: `f:name` a field,
 * `k:{"name":"c"}` a list element by its keys, `v:"x"` a set's element, `i:0` an index.
 * https://kubernetes.io/docs/reference/using-api/server-side-apply/ Immutable: operations answer new sets and share
 * what did not change.
 */
import { type Draft, isObject, put } from '../machinery/json.ts';
import type { Atom } from '../schema/typed-schema.ts';

export type PathElement = string;

const NOTHING: ReadonlySet<PathElement> = new Set();
const NO_CHILDREN: ReadonlyMap<PathElement, FieldSet> = new Map();

export class FieldSet {
  readonly members: ReadonlySet<PathElement>;
  readonly children: ReadonlyMap<PathElement, FieldSet>;

  constructor(members: ReadonlySet<PathElement> = NOTHING, children: ReadonlyMap<PathElement, FieldSet> = NO_CHILDREN) {
    this.members = members;
    this.children = children;
  }

  get empty(): boolean {
    return this.members.size === 0 && this.children.size === 0;
  }

  has(element: PathElement): boolean {
    return this.members.has(element);
  }

  /** What lies below `element`. */
  below(element: PathElement): FieldSet {
    return this.children.get(element) ?? EMPTY_SET;
  }

  union(other: FieldSet): FieldSet {
    if (other.empty) return this;
    if (this.empty) return other;
    const children = new Map(this.children);
    for (const [element, child] of other.children) children.set(element, this.below(element).union(child));
    return new FieldSet(new Set([...this.members, ...other.members]), children);
  }

  intersection(other: FieldSet): FieldSet {
    const members = new Set([...this.members].filter((element) => other.members.has(element)));
    return new FieldSet(
      members,
      this.#mapChildren((element, child) => child.intersection(other.below(element))),
    );
  }

  /** Exactly the paths of `other` go; what lies below them stays. */
  difference(other: FieldSet): FieldSet {
    if (other.empty || this.empty) return this;
    const members = new Set([...this.members].filter((element) => !other.members.has(element)));
    return new FieldSet(
      members,
      this.#mapChildren((element, child) => child.difference(other.below(element))),
    );
  }

  /** The paths of `other` go with all that lies below them. */
  without(other: FieldSet): FieldSet {
    if (other.empty || this.empty) return this;
    const members = new Set([...this.members].filter((element) => !other.members.has(element)));
    return new FieldSet(
      members,
      this.#mapChildren((element, child) =>
        other.members.has(element) ? EMPTY_SET : child.without(other.below(element)),
      ),
    );
  }

  #mapChildren(change: (element: PathElement, child: FieldSet) => FieldSet): ReadonlyMap<PathElement, FieldSet> {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const changed = change(element, child);
      if (!changed.empty) children.set(element, changed);
    }
    return children;
  }

  /** A declared field below which something is owned counts as owned itself. */
  withNamedFields(atom: Atom | undefined): FieldSet {
    const members = new Set(this.members);
    for (const element of this.children.keys()) {
      if (element.startsWith('f:') && atom?.map?.field(element.slice(2))) members.add(element);
    }
    return new FieldSet(
      members,
      this.#mapChildren((element, child) => child.withNamedFields(atomBelow(atom, element))),
    );
  }

  /** Paths as messages show them, members before what is below, in order. */
  *paths(prefix = ''): Generator<string> {
    for (const element of [...this.members].sort(byElement)) yield prefix + elementText(element);
    for (const element of [...this.children.keys()].sort(byElement))
      yield* this.below(element).paths(prefix + elementText(element));
  }

  toJson(): Draft {
    const result: Draft = {};
    const elements = new Set([...this.members, ...this.children.keys()]);
    for (const element of [...elements].sort(byElement)) {
      const child = this.children.get(element);
      const nested = child ? child.toJson() : {};
      put(result, element, child && this.members.has(element) ? { '.': {}, ...nested } : nested);
    }
    return result;
  }
}

export const EMPTY_SET = new FieldSet();

/** The same order as the server's: fields, keys, values, indexes; each by its text. */
function byElement(a: PathElement, b: PathElement): number {
  const order = 'fkvi';
  const rank = order.indexOf(a[0] ?? '') - order.indexOf(b[0] ?? '');
  return rank !== 0 ? rank : a < b ? -1 : a > b ? 1 : 0;
}

function atomBelow(atom: Atom | undefined, element: PathElement): Atom | undefined {
  if (element.startsWith('f:')) return atom?.map?.field(element.slice(2))?.atom ?? atom?.map?.element;
  return element.startsWith('k:') ? atom?.list?.element : undefined;
}

/** `.name`, `[name="c"]`, `[="x"]`, `[0]`. */
export function elementText(element: PathElement): string {
  const rest = element.slice(2);
  switch (element[0]) {
    case 'f':
      return `.${rest}`;
    case 'v':
      return `[=${rest}]`;
    case 'k': {
      const keys = JSON.parse(rest) as Draft;
      return `[${Object.entries(keys)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(',')}]`;
    }
    default:
      return `[${rest}]`;
  }
}

/** Collects paths one by one. */
export class FieldSetBuilder {
  readonly #members = new Set<PathElement>();
  readonly #children = new Map<PathElement, FieldSetBuilder>();

  add(path: readonly PathElement[]): void {
    // oxlint-disable-next-line no-this-alias -- the walk down begins here
    let node: FieldSetBuilder = this;
    for (let index = 0; index < path.length - 1; index++) node = node.#child(path[index] as string);
    const last = path.at(-1);
    if (last !== undefined) node.#members.add(last);
  }

  #child(element: PathElement): FieldSetBuilder {
    const present = this.#children.get(element);
    if (present) return present;
    const made = new FieldSetBuilder();
    this.#children.set(element, made);
    return made;
  }

  build(): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.#children) {
      const built = child.build();
      if (!built.empty) children.set(element, built);
    }
    return new FieldSet(this.#members, children);
  }
}

/** `fieldSetFromJson({'f:data': {'.': {}, 'f:k': {}}})`. Undefined for what is no fieldsV1. */
export function fieldSetFromJson(value: unknown): FieldSet | undefined {
  if (!isObject(value)) return undefined;
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [element, nested] of Object.entries(value)) {
    if (element === '.') continue;
    if (!/^[fkvi]:/.test(element) || !isObject(nested)) return undefined;
    const child = fieldSetFromJson(nested);
    if (!child) return undefined;
    if (child.empty || Object.hasOwn(nested, '.')) members.add(element);
    if (!child.empty) children.set(element, child);
  }
  return new FieldSet(members, children);
}

/** `fieldSetOf([['metadata', 'labels'], ['spec']])`: of field names only. */
export function fieldSetOf(paths: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.add(path.map((name) => `f:${name}`));
  return builder.build();
}

/**
 * Which objects a controller owns: adopting what matches and has no controller, letting go of what matches no longer.
 */
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';
import { type Context, controllerOf, controllerRef, objectKey, uidOf } from '../runtime/context.ts';
import type { Resource } from '../runtime/resources.ts';
import { type SelectorIndex, selects } from '../runtime/selectors.ts';

interface Kind {
  readonly apiVersion: string;
  readonly kind: string;
}

/**
 * Children that nobody controls, by namespace: few, so that a claim need not look through all children of the
 * namespace.
 */
export class Orphans {
  readonly #byNamespace = new Map<string, Set<string>>();

  update(object: KubeObject, gone: 'deleted' | 'present'): void {
    const { namespace = '', name } = object.metadata;
    if (gone === 'present' && controllerOf(object) === undefined) {
      const names = this.#byNamespace.get(namespace);
      if (names === undefined) this.#byNamespace.set(namespace, new Set([name]));
      else names.add(name);
      return;
    }
    const names = this.#byNamespace.get(namespace);
    if (names?.delete(name) === true && names.size === 0) this.#byNamespace.delete(namespace);
  }

  names(namespace: string): readonly string[] {
    return [...(this.#byNamespace.get(namespace) ?? [])];
  }
}

interface Claim<C extends KubeObject> {
  readonly owner: KubeObject & { readonly spec: { readonly selector: LabelSelector } };
  readonly ownerKind: Kind;
  readonly children: Resource<C>;
  readonly orphans: Orphans;
}

/** Owned children after adoption and release, as client-go's controller_ref_manager decides them. */
export function claim<C extends KubeObject>(
  context: Context,
  { owner, ownerKind, children, orphans }: Claim<C>,
): readonly C[] {
  const { selector } = owner.spec;
  const claimed: C[] = [];
  for (const child of context.ownedBy(children, uidOf(owner))) {
    if (controllerOf(child)?.uid !== owner.metadata.uid) continue;
    if (selects(selector, child.metadata.labels)) claimed.push(child);
    else if (owner.metadata.deletionTimestamp === undefined)
      release(context, { children, child, ownerUid: uidOf(owner) });
  }
  if (owner.metadata.deletionTimestamp !== undefined) return claimed;
  const namespace = owner.metadata.namespace ?? '';
  for (const name of orphans.names(namespace)) {
    const child = context.get(children, { namespace, name });
    if (child === undefined || child.metadata.deletionTimestamp !== undefined) continue;
    if (controllerOf(child) !== undefined || !selects(selector, child.metadata.labels)) continue;
    const adopted = context.modify(children, child, (draft) => {
      draft.metadata.ownerReferences = [...(child.metadata.ownerReferences ?? []), controllerRef(ownerKind, owner)];
      return draft;
    });
    if (adopted !== undefined) claimed.push(adopted);
  }
  return claimed;
}

function release<C extends KubeObject>(
  context: Context,
  { children, child, ownerUid }: { readonly children: Resource<C>; readonly child: C; readonly ownerUid: string },
): void {
  context.modify(children, child, (draft) => {
    const kept = (child.metadata.ownerReferences ?? []).filter((reference) => reference.uid !== ownerUid);
    if (kept.length === 0) delete draft.metadata.ownerReferences;
    else draft.metadata.ownerReferences = kept;
    return draft;
  });
}

interface ChildWatch<C extends KubeObject> {
  readonly children: Resource<C>;
  readonly ownerKind: string;
  /** Filled with selectors by `selectorWatch`. */
  readonly selectors: SelectorIndex;
  readonly orphans: Orphans;
  readonly add: (ownerKey: string) => void;
}

/** Marks the owner (old and new) of each changed child, and for an orphan every owner that could adopt it. */
export function watchChildren<C extends KubeObject>(context: Context, watch: ChildWatch<C>): void {
  const mark = (child: KubeObject): void => {
    const owner = controllerOf(child);
    if (owner?.kind === watch.ownerKind) watch.add(`${child.metadata.namespace ?? ''}/${owner.name}`);
  };
  context.watch(watch.children, ({ type, object, old }) => {
    watch.orphans.update(object, type === 'DELETED' ? 'deleted' : 'present');
    if (old !== undefined) mark(old);
    mark(object);
    if (type !== 'DELETED' && controllerOf(object) === undefined)
      for (const key of watch.selectors.matching(object)) watch.add(key);
  });
}

/** Of the kinds whose selector is a LabelSelector. */
export const selectorOf = ({ spec }: { readonly spec: { readonly selector?: LabelSelector } }): LabelSelector =>
  spec.selector ?? {};

interface OwnerWatch<O extends KubeObject> {
  readonly owners: Resource<O>;
  readonly selectors: SelectorIndex;
  readonly add: (key: string) => void;
  readonly selectorOf: (owner: O) => LabelSelector;
}

/** Marks an owner when it changes and keeps its selector in the index. */
export function watchOwners<O extends KubeObject>(context: Context, watch: OwnerWatch<O>): void {
  context.watch(watch.owners, ({ type, object }) => {
    const { namespace = '', name } = object.metadata;
    const key = `${namespace}/${name}`;
    if (type === 'DELETED') watch.selectors.delete(key);
    else watch.selectors.set(key, namespace, watch.selectorOf(object));
    watch.add(key);
  });
}

/** Deletes this very object, not one of the same name that came later. */
export function removeExactly(context: Context, resource: Resource, object: KubeObject): void {
  context.cluster.remove(
    resource,
    objectKey(object),
    object.metadata.uid === undefined ? {} : { uid: object.metadata.uid },
  );
}

/**
 * Removes what has lost all its owners, and carries out foreground deletion and orphaning.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { KubeObject, OwnerReference } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { Key } from '../machinery/cluster.ts';
import { type Catalog, type CatalogEntry, type Context, keyOf, uidOf } from '../runtime/context.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** An owner that is not there is looked for once more after this long: its creation may be on its way. */
const ABSENT_GRACE_MS = 500;

export function startGarbageCollector(context: Context, catalog: Catalog): void {
  const kinds = new Map<string, CatalogEntry>();
  const uids = new Set<string>();
  const queue = context.queue((item) => attempt(item));
  const idOf = (kind: CatalogEntry): string => `${kind.group}/${kind.version}/${kind.resource}`;
  const itemOf = (kind: CatalogEntry, object: KubeObject): string =>
    `${idOf(kind)}|${object.metadata.namespace ?? ''}|${object.metadata.name}|${uidOf(object)}`;

  context.onClose(
    catalog.subscribeAll((kind, { type, object, old }) => {
      kinds.set(idOf(kind), kind);
      const { metadata } = object;
      if (type === 'DELETED') {
        uids.delete(uidOf(object));
        addDependents(uidOf(object));
        // An owner that waits in the foreground for this one looks again.
        for (const owner of metadata.ownerReferences ?? []) addOwner(owner, metadata.namespace);
        return;
      }
      uids.add(uidOf(object));
      const owned = (metadata.ownerReferences?.length ?? 0) > 0;
      const deciding = metadata.deletionTimestamp !== undefined && (has(object, FOREGROUND) || has(object, ORPHAN));
      if (deciding) addDependents(uidOf(object));
      if (owned && old !== undefined && metadata.deletionTimestamp !== undefined)
        for (const owner of metadata.ownerReferences ?? []) addOwner(owner, metadata.namespace);
      // An object whose owners are all there has nothing to fear; it is marked again when one of them goes.
      const absent = metadata.ownerReferences?.some((owner) => !uids.has(owner.uid)) === true;
      if (deciding || absent) queue.add(itemOf(kind, object));
    }),
  );

  function dependents(uid: string): readonly (readonly [CatalogEntry, KubeObject])[] {
    const found: (readonly [CatalogEntry, KubeObject])[] = [];
    for (const kind of catalog.kinds())
      for (const object of context.cluster.ownedBy(kind, uid)) found.push([kind, object]);
    return found;
  }

  function addDependents(uid: string): void {
    for (const [kind, object] of dependents(uid)) queue.add(itemOf(kind, object));
  }

  function find(
    owner: OwnerReference,
    namespace: string | undefined,
  ): { kind: CatalogEntry; object: KubeObject | undefined } | undefined {
    const slash = owner.apiVersion.indexOf('/');
    const group = slash < 0 ? '' : owner.apiVersion.slice(0, slash);
    const kind = catalog.findKind(group, owner.apiVersion.slice(slash + 1), owner.kind);
    if (kind === undefined) return undefined;
    const key: Key = kind.namespaced ? { namespace: namespace ?? '', name: owner.name } : { name: owner.name };
    const object = context.cluster.get(kind, key);
    return { kind, object: object?.metadata.uid === owner.uid ? object : undefined };
  }

  function addOwner(reference: OwnerReference, namespace: string | undefined): void {
    const owner = find(reference, namespace);
    if (owner?.object !== undefined && has(owner.object, FOREGROUND)) queue.add(itemOf(owner.kind, owner.object));
  }

  function attempt(item: string): void {
    const [id = '', namespace = '', name = '', uid = ''] = item.split('|');
    const kind = kinds.get(id);
    if (kind === undefined) return;
    const key: Key = namespace === '' ? { name } : { namespace, name };
    const object = context.cluster.get(kind, key);
    if (object === undefined || object.metadata.uid !== uid) return;
    if (object.metadata.deletionTimestamp !== undefined) {
      if (has(object, ORPHAN)) orphan(kind, object);
      if (has(object, FOREGROUND)) finishForeground(kind, object);
      return;
    }
    judge(kind, object, item);
  }

  /** Solid, dangling and waiting owners decide, as attemptToDeleteItem does. */
  function judge(kind: CatalogEntry, object: KubeObject, item: string): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    let solid = 0;
    for (const reference of owners) {
      const owner = find(reference, object.metadata.namespace);
      if (owner === undefined) {
        // A kind that is not served (any more) says nothing about its objects.
        solid++;
      } else if (owner.object === undefined) dangling.push(reference);
      else if (owner.object.metadata.deletionTimestamp !== undefined && has(owner.object, FOREGROUND))
        waiting.push(reference);
      else solid++;
    }
    if (solid > 0) {
      if (dangling.length + waiting.length > 0) drop(kind, object, [...dangling, ...waiting]);
      return;
    }
    if (dangling.length === owners.length && isYoung(object)) {
      queue.addAt(item, context.now() + ABSENT_GRACE_MS);
      return;
    }
    const blocking = waiting.length > 0 && dependents(uidOf(object)).length > 0;
    const propagationPolicy =
      blocking || has(object, FOREGROUND) ? 'Foreground' : has(object, ORPHAN) ? 'Orphan' : 'Background';
    context.cluster.remove(kind, keyOf(object), { uid: uidOf(object), propagationPolicy });
  }

  const isYoung = (object: KubeObject): boolean => {
    const created = fromTimestamp(object.metadata.creationTimestamp);
    return created !== undefined && created + ABSENT_GRACE_MS > context.now();
  };

  function drop(kind: CatalogEntry, object: KubeObject, references: readonly OwnerReference[]): void {
    context.cluster.modify(kind, keyOf(object), (draft) => {
      const kept = (object.metadata.ownerReferences ?? []).filter(
        (owner) => !references.some(({ uid }) => uid === owner.uid),
      );
      if (kept.length === 0) delete draft.metadata.ownerReferences;
      else draft.metadata.ownerReferences = kept;
      return draft;
    });
  }

  function orphan(kind: CatalogEntry, object: KubeObject): void {
    for (const [childKind, child] of dependents(uidOf(object))) {
      const references = (child.metadata.ownerReferences ?? []).filter((owner) => owner.uid === object.metadata.uid);
      drop(childKind, child, references);
    }
    removeFinalizer(kind, object, ORPHAN);
  }

  function finishForeground(kind: CatalogEntry, object: KubeObject): void {
    const blocking = dependents(uidOf(object)).filter(([, child]) =>
      child.metadata.ownerReferences?.some(
        (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
      ),
    );
    if (blocking.length === 0) removeFinalizer(kind, object, FOREGROUND);
    else
      for (const [childKind, child] of blocking)
        if (child.metadata.deletionTimestamp === undefined) queue.add(itemOf(childKind, child));
  }

  function removeFinalizer(kind: CatalogEntry, object: KubeObject, finalizer: string): void {
    context.cluster.modify(kind, keyOf(object), (draft) => {
      if (draft.metadata.uid !== object.metadata.uid) return undefined;
      const kept = ((draft.metadata.finalizers ?? []) as string[]).filter((other) => other !== finalizer);
      if (kept.length === 0) delete draft.metadata.finalizers;
      else draft.metadata.finalizers = kept;
      return draft;
    });
  }
}

const has = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) === true;

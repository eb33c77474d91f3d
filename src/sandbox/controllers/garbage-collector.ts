/**
 * Removes what has lost all its owners, and carries out foreground deletion and orphaning.
 * https://kubernetes.io/docs/concepts/architecture/garbage-collection/
 */
import type { KubeObject, OwnerReference } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { Change, Key } from '../machinery/cluster.ts';
import { splitApiVersion } from '../machinery/metadata.ts';
import { type Catalog, type CatalogEntry, type Context, objectKey, uidOf } from '../runtime/context.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Recorder } from '../runtime/recorder.ts';

const FOREGROUND = 'foregroundDeletion';
const ORPHAN = 'orphan';

/** Where an object is, as references to it must say. */
interface Place {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string | undefined;
  readonly name: string;
}

/** An owner that is not there is looked for once more after this long: its creation may be on its way. */
const ABSENT_GRACE_MS = 500;

export function startGarbageCollector(context: Context, catalog: Catalog): void {
  new GarbageCollector(context, catalog).start();
}

class GarbageCollector {
  readonly #context: Context;
  readonly #catalog: Catalog;
  readonly #queue: WorkQueue;
  readonly #kinds = new Map<string, CatalogEntry>();
  readonly #places = new Map<string, Place>();
  readonly #events: Recorder;

  constructor(context: Context, catalog: Catalog) {
    this.#context = context;
    this.#catalog = catalog;
    this.#queue = context.queue((item) => this.#attempt(item));
    this.#events = context.recorder('garbage-collector-controller');
  }

  start(): void {
    this.#context.onClose(this.#catalog.subscribeAll((kind, change) => this.#changed(kind, change)));
  }

  #changed(kind: CatalogEntry, { type, object, old }: Change): void {
    this.#kinds.set(idOf(kind), kind);
    const { metadata } = object;
    if (type === 'DELETED') {
      this.#places.delete(uidOf(object));
      this.#addDependents(uidOf(object));
      // An owner that waits in the foreground for this one looks again.
      for (const owner of metadata.ownerReferences ?? []) this.#addOwner(owner, metadata.namespace);
      return;
    }
    if (old === undefined) {
      const { namespace, name } = metadata;
      this.#places.set(uidOf(object), { group: kind.group, kind: kind.kind, namespace, name });
    }
    const owned = (metadata.ownerReferences?.length ?? 0) > 0;
    const deciding = metadata.deletionTimestamp !== undefined && (has(object, FOREGROUND) || has(object, ORPHAN));
    if (deciding) this.#addDependents(uidOf(object));
    if (owned && old !== undefined && metadata.deletionTimestamp !== undefined)
      for (const owner of metadata.ownerReferences ?? []) this.#addOwner(owner, metadata.namespace);
    // An object whose owners are all there has nothing to fear; it is marked again when one of them goes.
    const absent = metadata.ownerReferences?.some((owner) => !this.#isThere(owner, object, old)) === true;
    if (deciding || absent) this.#queue.add(itemOf(kind, object));
  }

  /** False: the reference may lead nowhere. An owner in another namespace is no owner, and people are told. */
  #isThere(owner: OwnerReference, object: KubeObject, old: KubeObject | undefined): boolean {
    const place = this.#places.get(owner.uid);
    if (place === undefined) return false;
    const { namespace = '' } = object.metadata;
    if (place.namespace !== undefined && place.namespace !== namespace) {
      const isNew = old?.metadata.ownerReferences?.some(({ uid }) => uid === owner.uid) !== true;
      const { apiVersion, kind, name, uid } = owner;
      if (isNew)
        this.#events.warning(
          object,
          'OwnerRefInvalidNamespace',
          `ownerRef [${apiVersion}/${kind}, namespace: ${namespace}, name: ${name}, uid: ${uid}] does not exist in namespace "${namespace}"`,
        );
      return false;
    }
    const [group] = splitApiVersion(owner.apiVersion);
    return place.group === group && place.kind === owner.kind && place.name === owner.name;
  }

  #dependents(uid: string): readonly (readonly [CatalogEntry, KubeObject])[] {
    const found: (readonly [CatalogEntry, KubeObject])[] = [];
    for (const kind of this.#catalog.kinds())
      for (const object of this.#context.cluster.ownedBy(kind, uid)) found.push([kind, object]);
    return found;
  }

  #addDependents(uid: string): void {
    for (const [kind, object] of this.#dependents(uid)) this.#queue.add(itemOf(kind, object));
  }

  #find(
    owner: OwnerReference,
    namespace: string | undefined,
  ): { kind: CatalogEntry; object: KubeObject | undefined } | undefined {
    const [group = '', version = ''] = splitApiVersion(owner.apiVersion);
    const kind = this.#catalog.findKind(group, version, owner.kind);
    // No object of a namespace can own one of the cluster: where would it be looked for?
    if (kind === undefined || (kind.namespaced && namespace === undefined)) return undefined;
    const key: Key = kind.namespaced ? { namespace: namespace ?? '', name: owner.name } : { name: owner.name };
    const object = this.#context.cluster.get(kind, key);
    return { kind, object: object?.metadata.uid === owner.uid ? object : undefined };
  }

  #addOwner(reference: OwnerReference, namespace: string | undefined): void {
    const owner = this.#find(reference, namespace);
    if (owner?.object !== undefined && has(owner.object, FOREGROUND)) this.#queue.add(itemOf(owner.kind, owner.object));
  }

  #attempt(item: string): void {
    const [id = '', namespace = '', name = '', uid = ''] = item.split('|');
    const kind = this.#kinds.get(id);
    if (kind === undefined) return;
    const key: Key = namespace === '' ? { name } : { namespace, name };
    const object = this.#context.cluster.get(kind, key);
    if (object === undefined || object.metadata.uid !== uid) return;
    if (object.metadata.deletionTimestamp !== undefined) {
      if (has(object, ORPHAN)) this.#orphan(kind, object);
      if (has(object, FOREGROUND)) this.#finishForeground(kind, object);
      return;
    }
    this.#judge(kind, object, item);
  }

  /** Solid, dangling and waiting owners decide, as attemptToDeleteItem does. */
  #judge(kind: CatalogEntry, object: KubeObject, item: string): void {
    const owners = object.metadata.ownerReferences ?? [];
    if (owners.length === 0) return;
    const dangling: OwnerReference[] = [];
    const waiting: OwnerReference[] = [];
    let solid = 0;
    for (const reference of owners) {
      const owner = this.#find(reference, object.metadata.namespace);
      // A kind that is not served (any more) says nothing about its objects, nor does one that has no place there. What
      // the other owners are is not looked at then: isDangling fails, and with it the whole attempt.
      if (owner === undefined) return;
      if (owner.object === undefined) dangling.push(reference);
      else if (owner.object.metadata.deletionTimestamp !== undefined && has(owner.object, FOREGROUND))
        waiting.push(reference);
      else solid++;
    }
    if (solid > 0) {
      if (dangling.length + waiting.length > 0) this.#drop(kind, object, [...dangling, ...waiting]);
      return;
    }
    if (dangling.length === owners.length && this.#isYoung(object)) {
      this.#queue.addAt(item, this.#context.now() + ABSENT_GRACE_MS);
      return;
    }
    const blocking = waiting.length > 0 && this.#dependents(uidOf(object)).length > 0;
    const propagationPolicy =
      blocking || has(object, FOREGROUND) ? 'Foreground' : has(object, ORPHAN) ? 'Orphan' : 'Background';
    this.#context.cluster.remove(kind, objectKey(object), { uid: uidOf(object), propagationPolicy });
  }

  #isYoung(object: KubeObject): boolean {
    const created = fromTimestamp(object.metadata.creationTimestamp);
    return created !== undefined && created + ABSENT_GRACE_MS > this.#context.now();
  }

  #drop(kind: CatalogEntry, object: KubeObject, references: readonly OwnerReference[]): void {
    this.#context.cluster.modify(kind, objectKey(object), (draft) => {
      const kept = (object.metadata.ownerReferences ?? []).filter(
        (owner) => !references.some(({ uid }) => uid === owner.uid),
      );
      if (kept.length === 0) delete draft.metadata.ownerReferences;
      else draft.metadata.ownerReferences = kept;
      return draft;
    });
  }

  #orphan(kind: CatalogEntry, object: KubeObject): void {
    for (const [childKind, child] of this.#dependents(uidOf(object))) {
      const references = (child.metadata.ownerReferences ?? []).filter((owner) => owner.uid === object.metadata.uid);
      this.#drop(childKind, child, references);
    }
    this.#removeFinalizer(kind, object, ORPHAN);
  }

  #finishForeground(kind: CatalogEntry, object: KubeObject): void {
    const blocking = this.#dependents(uidOf(object)).filter(([, child]) =>
      child.metadata.ownerReferences?.some(
        (owner) => owner.uid === object.metadata.uid && owner.blockOwnerDeletion === true,
      ),
    );
    if (blocking.length === 0) this.#removeFinalizer(kind, object, FOREGROUND);
    else
      for (const [childKind, child] of blocking)
        if (child.metadata.deletionTimestamp === undefined) this.#queue.add(itemOf(childKind, child));
  }

  #removeFinalizer(kind: CatalogEntry, object: KubeObject, finalizer: string): void {
    this.#context.cluster.modify(kind, objectKey(object), (draft) => {
      if (draft.metadata.uid !== object.metadata.uid) return undefined;
      const kept = ((draft.metadata.finalizers ?? []) as string[]).filter((other) => other !== finalizer);
      if (kept.length === 0) delete draft.metadata.finalizers;
      else draft.metadata.finalizers = kept;
      return draft;
    });
  }
}

const idOf = (kind: CatalogEntry): string => `${kind.group}/${kind.version}/${kind.resource}`;
const itemOf = (kind: CatalogEntry, object: KubeObject): string =>
  `${idOf(kind)}|${object.metadata.namespace ?? ''}|${object.metadata.name}|${uidOf(object)}`;

const has = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.finalizers?.includes(finalizer) === true;

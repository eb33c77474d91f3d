/**
 * The objects of a cache by namespace and name. Two levels, since a joined key would be 70 bytes of text an object that
 * nothing else holds; the names and namespaces are the objects' own.
 */
import type { KubeObject } from '../shapes/kube.ts';
import type { Slot } from './cache-indexes.ts';
import type { ObjectKey } from './resource.ts';

export class SlotTable<T extends KubeObject> {
  /** Cluster-scoped objects are under the empty namespace. */
  readonly #namespaces = new Map<string, Map<string, Slot<T>>>();
  size = 0;

  get({ namespace = '', name }: ObjectKey): Slot<T> | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  /** In the place of nothing: the key must be free. */
  add(object: T): Slot<T> {
    const { namespace = '', name } = object.metadata;
    let slots = this.#namespaces.get(namespace);
    if (slots === undefined) this.#namespaces.set(namespace, (slots = new Map()));
    const slot = { object };
    slots.set(name, slot);
    this.size++;
    return slot;
  }

  delete({ namespace = '', name }: ObjectKey): void {
    const slots = this.#namespaces.get(namespace);
    if (!slots?.delete(name)) return;
    this.size--;
    if (slots.size === 0) this.#namespaces.delete(namespace);
  }

  *slots(): IterableIterator<Slot<T>> {
    for (const slots of this.#namespaces.values()) yield* slots.values();
  }

  inNamespace(namespace: string): Iterable<Slot<T>> {
    return this.#namespaces.get(namespace)?.values() ?? [];
  }
}

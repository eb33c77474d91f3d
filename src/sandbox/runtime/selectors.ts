/** Label selectors, and the index that tells which of many selectors an object matches without trying them all. */
import type { KubeObject, LabelSelector } from '../../shapes/kube.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * An absent selector matches nothing, an empty one everything.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
export function selects(selector: LabelSelector | undefined, labels: Labels | undefined): boolean {
  if (selector === undefined) return false;
  for (const key in selector.matchLabels) if (labels?.[key] !== selector.matchLabels[key]) return false;
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    const value = labels?.[key];
    const held =
      operator === 'Exists'
        ? value !== undefined
        : operator === 'DoesNotExist'
          ? value === undefined
          : operator === 'In'
            ? value !== undefined && values?.includes(value) === true
            : value === undefined || values?.includes(value) !== true;
    if (!held) return false;
  }
  return true;
}

interface Entry {
  readonly id: string;
  readonly selector: LabelSelector;
}

/**
 * Selectors by namespace and one `key=value` that they demand; those that demand none are tried on everything in their
 * namespace.
 */
export class SelectorIndex {
  readonly #buckets = new Map<string, Map<string, Entry>>();
  readonly #bucketOf = new Map<string, string>();

  set(id: string, namespace: string, selector: LabelSelector): void {
    this.delete(id);
    const first = Object.entries(selector.matchLabels ?? {})[0];
    const bucket = first === undefined ? `${namespace}/` : `${namespace}/${first[0]}=${first[1]}`;
    this.#bucketOf.set(id, bucket);
    const entries = this.#buckets.get(bucket);
    if (entries === undefined) this.#buckets.set(bucket, new Map([[id, { id, selector }]]));
    else entries.set(id, { id, selector });
  }

  delete(id: string): void {
    const bucket = this.#bucketOf.get(id);
    if (bucket === undefined) return;
    this.#bucketOf.delete(id);
    const entries = this.#buckets.get(bucket);
    entries?.delete(id);
    if (entries?.size === 0) this.#buckets.delete(bucket);
  }

  /** The ids of the selectors that match the object. */
  matching(object: KubeObject): readonly string[] {
    const { namespace = '', labels } = object.metadata;
    const found: string[] = [];
    this.#collect(`${namespace}/`, labels, found);
    for (const key in labels) this.#collect(`${namespace}/${key}=${labels[key]}`, labels, found);
    return found;
  }

  #collect(bucket: string, labels: Labels | undefined, into: string[]): void {
    const entries = this.#buckets.get(bucket);
    if (entries !== undefined)
      for (const entry of entries.values()) if (selects(entry.selector, labels)) into.push(entry.id);
  }
}

/** What each selector matches now, kept up to date by single changes. */
export class Membership {
  readonly #index = new SelectorIndex();
  readonly #members = new Map<string, Set<string>>();
  readonly #memberOf = new Map<string, readonly string[]>();

  /** `existing` are the objects of the namespace at this moment. */
  setSelector(
    id: string,
    { namespace, selector }: { readonly namespace: string; readonly selector: LabelSelector },
    existing: Iterable<KubeObject>,
  ): void {
    this.deleteSelector(id);
    this.#index.set(id, namespace, selector);
    const members = new Set<string>();
    this.#members.set(id, members);
    for (const object of existing) {
      if (!selects(selector, object.metadata.labels)) continue;
      const key = `${namespace}/${object.metadata.name}`;
      members.add(key);
      this.#memberOf.set(key, [...(this.#memberOf.get(key) ?? []), id]);
    }
  }

  deleteSelector(id: string): void {
    this.#index.delete(id);
    for (const key of this.#members.get(id) ?? [])
      this.#setMemberOf(
        key,
        (this.#memberOf.get(key) ?? []).filter((other) => other !== id),
      );
    this.#members.delete(id);
  }

  /** Returns the selectors that match the object now or did before. */
  update(object: KubeObject, gone: 'deleted' | 'present'): ReadonlySet<string> {
    const key = `${object.metadata.namespace ?? ''}/${object.metadata.name}`;
    const before = this.#memberOf.get(key) ?? [];
    const after = gone === 'deleted' ? [] : this.#index.matching(object);
    for (const id of before) if (!after.includes(id)) this.#members.get(id)?.delete(key);
    for (const id of after) this.#members.get(id)?.add(key);
    this.#setMemberOf(key, after);
    return new Set([...before, ...after]);
  }

  /** Keys (`namespace/name`) of what the selector matches. */
  members(id: string): Iterable<string> {
    return this.#members.get(id) ?? [];
  }

  #setMemberOf(key: string, ids: readonly string[]): void {
    if (ids.length === 0) this.#memberOf.delete(key);
    else this.#memberOf.set(key, ids);
  }
}

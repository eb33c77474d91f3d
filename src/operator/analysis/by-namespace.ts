/** What is kept for all, told apart by namespace, so that the crowd of one takes no place from the others. */

export class ByNamespace<T> {
  /** Each namespace has its members in the order in which they were put. */
  readonly #members = new Map<string, Map<string, T>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Behind the others of its namespace, also when it was there before. */
  put(namespace: string, uid: string, member: T): void {
    this.delete(namespace, uid);
    const of = this.#members.get(namespace) ?? new Map<string, T>();
    this.#members.set(namespace, of.set(uid, member));
    this.#size++;
  }

  delete(namespace: string, uid: string): void {
    const of = this.#members.get(namespace);
    if (of?.delete(uid) !== true) return;
    this.#size--;
    if (of.size === 0) this.#members.delete(namespace);
  }

  /** The first of the namespace whose turn it is, which comes last then. */
  shift(): T | undefined {
    const [turn] = this.#members;
    if (turn === undefined) return undefined;
    const [namespace, of] = turn;
    const [first] = of;
    this.#members.delete(namespace);
    this.#members.set(namespace, of);
    if (first === undefined) return undefined;
    this.delete(namespace, first[0]);
    return first[1];
  }

  firstOf(namespace: string): T | undefined {
    return this.#members.get(namespace)?.values().next().value;
  }

  lastOf(namespace: string): T | undefined {
    return [...(this.#members.get(namespace)?.values() ?? [])].at(-1);
  }

  /** The namespace that has to give a place to one more of this one; undefined: this one has as many as any. */
  giver(namespace: string): string | undefined {
    let [most, largest] = [0, ''];
    for (const [name, { size }] of this.#members) if (size > most) [most, largest] = [size, name];
    return most > (this.#members.get(namespace)?.size ?? 0) + 1 ? largest : undefined;
  }
}

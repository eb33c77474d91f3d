/** Which stored series stand for which object, and what has to change when the object does. */
import { Labels, type SeriesStore } from '../../../promql/index.ts';

/** `family` and labels to values: what an object says now. */
export interface Wanted {
  readonly family: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export class ObjectSeries {
  readonly #store: SeriesStore;
  readonly #refs = new Map<string, readonly number[]>();

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  get objects(): number {
    return this.#refs.size;
  }

  /** At the current tick the owner's series are exactly these. Series that are no longer among them end. */
  replace(owner: string, wanted: readonly Wanted[]): void {
    const before = this.#refs.get(owner) ?? [];
    const refs: number[] = [];
    for (const { family, labels, value } of wanted) {
      const ref = this.#store.resolve(Labels.of({ ...labels, __name__: family }));
      // A full storage remembers the family and refuses queries over it.
      if (ref === undefined) continue;
      this.#store.set(ref, value);
      refs.push(ref);
    }
    const kept = new Set(refs);
    for (const ref of before) if (!kept.has(ref)) this.#store.end(ref);
    if (refs.length === 0) this.#refs.delete(owner);
    else this.#refs.set(owner, refs);
  }

  owners(prefix: string): readonly string[] {
    return [...this.#refs.keys()].filter((owner) => owner.startsWith(prefix));
  }
}

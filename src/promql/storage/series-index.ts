/**
 * Which series exist: label sets to series numbers, and back, and for every label value the series that have it.
 * Everything is kept as small integers in typed arrays. Removed series are only marked; `compact` reclaims them, so
 * that removal costs nothing and numbers stay valid meanwhile.
 */
import { assert } from '../../std/assert.ts';
import { type Sliced, toEnd } from '../../std/slices.ts';
import { Labels } from '../labels.ts';
import { grownTo, Uint32List } from './columns.ts';
import { StringTable } from './strings.ts';

const EMPTY = 0xffffffff;
/** Each takes a microsecond or two. */
const REFS_PER_PIECE = 1000;

export class SeriesIndex {
  readonly #strings = new StringTable();
  // Label pairs (name id, value id, …) of all series, one after the other.
  #pairs = new Uint32Array(0);
  #pairsEnd = 0;
  #offsets = new Uint32Array(0);
  #counts = new Uint8Array(0);
  #alive = new Uint8Array(0);
  #size = 0;
  #living = 0;
  #free: number[] = [];
  // Open addressing from a hash of the pairs to the series number.
  #table = new Uint32Array(64).fill(EMPTY);
  #entries = 0;
  /** name id → value id → series. A value that one series has is that series' number, without a list around it. */
  #postings = new Map<number, Map<number, number | Uint32List>>();

  /** Series that are not removed. */
  get living(): number {
    return this.#living;
  }

  /** Removed series that wait for `compact`. */
  get removed(): number {
    return this.#size - this.#free.length - this.#living;
  }

  /** Numbers are below this. */
  get capacity(): number {
    return this.#size;
  }

  isAlive(ref: number): boolean {
    return this.#alive[ref] === 1;
  }

  /** The number of the series with these labels, and whether it is new (or was removed before). */
  resolve(labels: Labels): { ref: number; isNew: boolean } {
    const ids = labels.pairs.map((text) => this.#strings.intern(text));
    const slot = this.#slotOf(ids);
    const known = this.#table[slot] as number;
    if (known !== EMPTY) {
      const isNew = this.#alive[known] === 0;
      if (isNew) this.#living++;
      this.#alive[known] = 1;
      return { ref: known, isNew };
    }
    const ref = this.#add(ids);
    this.#table[slot] = ref;
    if (++this.#entries * 2 > this.#table.length) toEnd(this.#rehash(this.#table.length * 2));
    return { ref, isNew: true };
  }

  find(labels: Labels): number | undefined {
    const ids: number[] = [];
    for (const text of labels.pairs) {
      const id = this.#strings.idOf(text);
      if (id === undefined) return undefined;
      ids.push(id);
    }
    const ref = this.#table[this.#slotOf(ids)] as number;
    return ref !== EMPTY && this.#alive[ref] === 1 ? ref : undefined;
  }

  remove(ref: number): void {
    if (this.#alive[ref] !== 1) return;
    this.#alive[ref] = 0;
    this.#living--;
  }

  labels(ref: number): Labels {
    const offset = this.#offsets[ref] as number;
    const end = offset + (this.#counts[ref] as number) * 2;
    const texts: string[] = [];
    for (let at = offset; at < end; at++) texts.push(this.#strings.text(this.#pairs[at] as number));
    return Labels.sorted(texts);
  }

  /** The id of a label name or value in use. */
  idOf(text: string): number | undefined {
    return this.#strings.idOf(text);
  }

  textOf(id: number): string {
    return this.#strings.text(id);
  }

  /** The value id of a series' label; undefined when it has none. */
  valueId(ref: number, nameId: number): number | undefined {
    const offset = this.#offsets[ref] as number;
    const end = offset + (this.#counts[ref] as number) * 2;
    for (let at = offset; at < end; at += 2) if (this.#pairs[at] === nameId) return this.#pairs[at + 1];
    return undefined;
  }

  /** Series with this label value, removed ones among them; in order of addition. */
  having(nameId: number, valueId: number): Uint32Array {
    const found = this.#postings.get(nameId)?.get(valueId);
    if (found === undefined) return new Uint32Array(0);
    return typeof found === 'number' ? Uint32Array.of(found) : found.view();
  }

  /** Values in use of a label. */
  valuesOf(nameId: number): readonly number[] {
    return [...(this.#postings.get(nameId)?.keys() ?? [])];
  }

  /**
   * Frees the numbers, label texts and postings of removed series. Work proportional to all series: call it when a good
   * part is removed. Nothing else may use the index between the pieces.
   */
  *compact(): Sliced<void> {
    const used = new Uint8Array(this.#strings.capacity);
    const pairs = this.#pairs;
    this.#pairs = new Uint32Array(pairs.length);
    this.#pairsEnd = 0;
    this.#postings = new Map();
    this.#free = [];
    for (let ref = 0; ref < this.#size; ref++) {
      if (ref % REFS_PER_PIECE === 0) yield;
      if (this.#alive[ref] !== 1) {
        this.#free.push(ref);
        this.#counts[ref] = 0;
        continue;
      }
      const offset = this.#offsets[ref] as number;
      const ids = Array.from(pairs.subarray(offset, offset + (this.#counts[ref] as number) * 2));
      for (const id of ids) used[id] = 1;
      this.#place(ref, ids);
    }
    this.#strings.retain(used);
    yield* this.#rehash(this.#table.length);
  }

  #add(ids: readonly number[]): number {
    assert(ids.length / 2 < 256, 'a series has at most 255 labels');
    const ref = this.#free.pop() ?? this.#size++;
    if (this.#offsets.length < this.#size) {
      this.#offsets = grownTo(this.#offsets, this.#size);
      this.#counts = grownTo(this.#counts, this.#size);
      this.#alive = grownTo(this.#alive, this.#size);
    }
    this.#alive[ref] = 1;
    this.#living++;
    this.#place(ref, ids);
    return ref;
  }

  #place(ref: number, ids: readonly number[]): void {
    this.#pairs = grownTo(this.#pairs, this.#pairsEnd + ids.length);
    this.#pairs.set(ids, this.#pairsEnd);
    this.#offsets[ref] = this.#pairsEnd;
    this.#counts[ref] = ids.length / 2;
    this.#pairsEnd += ids.length;
    for (let at = 0; at < ids.length; at += 2) this.#post(ids[at] as number, ids[at + 1] as number, ref);
  }

  #post(nameId: number, valueId: number, ref: number): void {
    let values = this.#postings.get(nameId);
    if (values === undefined) {
      values = new Map();
      this.#postings.set(nameId, values);
    }
    const known = values.get(valueId);
    if (known === undefined) values.set(valueId, ref);
    else if (typeof known !== 'number') known.push(ref);
    else {
      const list = new Uint32List();
      list.push(known);
      list.push(ref);
      values.set(valueId, list);
    }
  }

  /** Where these labels are in the table, or the free slot where they would go. */
  #slotOf(ids: readonly number[]): number {
    const mask = this.#table.length - 1;
    for (let slot = hash(ids) & mask; ; slot = (slot + 1) & mask) {
      const ref = this.#table[slot] as number;
      if (ref === EMPTY || this.#hasPairs(ref, ids)) return slot;
    }
  }

  #hasPairs(ref: number, ids: readonly number[]): boolean {
    if ((this.#counts[ref] as number) * 2 !== ids.length) return false;
    const offset = this.#offsets[ref] as number;
    return ids.every((id, at) => this.#pairs[offset + at] === id);
  }

  *#rehash(length: number): Sliced<void> {
    this.#table = new Uint32Array(length).fill(EMPTY);
    this.#entries = 0;
    const mask = length - 1;
    const freed = new Set(this.#free);
    for (let ref = 0; ref < this.#size; ref++) {
      if (ref % REFS_PER_PIECE === 0) yield;
      if (freed.has(ref)) continue;
      const offset = this.#offsets[ref] as number;
      let slot = hash(this.#pairs.subarray(offset, offset + (this.#counts[ref] as number) * 2)) & mask;
      while (this.#table[slot] !== EMPTY) slot = (slot + 1) & mask;
      this.#table[slot] = ref;
      this.#entries++;
    }
  }
}

/** FNV-1a over words, finished as MurmurHash3 does, so that neighbouring ids land apart. */
function hash(ids: ArrayLike<number>): number {
  let state = 0x811c9dc5;
  for (let at = 0; at < ids.length; at++) state = Math.imul(state ^ (ids[at] as number), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) >>> 0;
}

/** A label set: immutable, sorted by name, without empty values (in PromQL an empty label is a missing one). */
import { METRIC_NAME } from './ast.ts';

/** Between parts of a key. A noncharacter: it cannot be part of valid text. */
export const SEPARATOR = '\uffff';

/** What Prometheus 3.5 takes away with the metric's name, since type and unit describe the metric, not the result. */
const RESERVED: ReadonlySet<string> = new Set([METRIC_NAME, '__type__', '__unit__']);

export class Labels {
  static readonly EMPTY = new Labels([]);

  /** name, value, name, value, … by name. */
  readonly pairs: readonly string[];
  #key: string | undefined;

  private constructor(pairs: readonly string[]) {
    this.pairs = pairs;
  }

  /** `pairs` must be sorted by name and free of empty values. */
  static sorted(pairs: readonly string[]): Labels {
    return pairs.length === 0 ? Labels.EMPTY : new Labels(pairs);
  }

  static of(record: Readonly<Record<string, string>>): Labels {
    const names = Object.keys(record)
      .filter((name) => record[name] !== '')
      .sort();
    return Labels.sorted(names.flatMap((name) => [name, record[name] ?? '']));
  }

  /** Equal sets have equal keys. */
  get key(): string {
    this.#key ??= this.pairs.join(SEPARATOR);
    return this.#key;
  }

  /** Empty when there is none. */
  get(name: string): string {
    for (let at = 0; at < this.pairs.length; at += 2) if (this.pairs[at] === name) return this.pairs[at + 1] ?? '';
    return '';
  }

  filter(keep: (name: string) => boolean): Labels {
    const pairs: string[] = [];
    for (let at = 0; at < this.pairs.length; at += 2) {
      const name = this.pairs[at] as string;
      if (keep(name)) pairs.push(name, this.pairs[at + 1] as string);
    }
    return pairs.length === this.pairs.length ? this : Labels.sorted(pairs);
  }

  only(names: ReadonlySet<string>): Labels {
    return this.filter((name) => names.has(name));
  }

  without(names: ReadonlySet<string>): Labels {
    return this.filter((name) => !names.has(name));
  }

  /** Without the metric's name (and its type and unit). */
  anonymous(): Labels {
    return this.filter((name) => !RESERVED.has(name));
  }

  /** With the label set; an empty value removes it. */
  with(name: string, value: string): Labels {
    const pairs: string[] = [];
    let placed = value === '';
    for (let at = 0; at < this.pairs.length; at += 2) {
      const own = this.pairs[at] as string;
      if (!placed && own >= name) {
        pairs.push(name, value);
        placed = true;
      }
      if (own !== name) pairs.push(own, this.pairs[at + 1] as string);
    }
    if (!placed) pairs.push(name, value);
    return Labels.sorted(pairs);
  }

  toRecord(): Record<string, string> {
    const record: Record<string, string> = {};
    for (let at = 0; at < this.pairs.length; at += 2) record[this.pairs[at] as string] = this.pairs[at + 1] as string;
    return record;
  }

  /** `name{a="b"}`. */
  toString(): string {
    const inside: string[] = [];
    for (let at = 0; at < this.pairs.length; at += 2) {
      if (this.pairs[at] !== METRIC_NAME) inside.push(`${this.pairs[at]}=${JSON.stringify(this.pairs[at + 1])}`);
    }
    const name = this.get(METRIC_NAME);
    return inside.length > 0 || name === '' ? `${name}{${inside.join(', ')}}` : name;
  }
}

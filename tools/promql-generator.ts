/**
 * Random PromQL over given series: well typed, not always evaluable (many-to-many matches and the like are part of it).
 */
import type { Prng } from '../src/std/prng.ts';

export interface Vocabulary {
  readonly families: readonly string[];
  /** Labels and some of the values that series have. */
  readonly labels: ReadonlyMap<string, readonly string[]>;
  /** Families of classic histograms, without `_bucket`. */
  readonly histograms: readonly string[];
}

export interface GeneratorSettings {
  readonly random: Prng;
  readonly vocabulary: Vocabulary;
  /** For `@`, Unix seconds. */
  readonly from: number;
  readonly to: number;
}

// Durations that no edge of a window shares with a sample or with a step of a subquery: Prometheus 2 takes the left
// edge in, 3 does not.
const RANGES = ['1m', '90s', '2m', '5m', '7m'];
const OFFSETS = ['40s', '2m', '5m', '-1m'];
const SUBQUERIES = ['[5m:1m]', '[4m:30s]', '[6m:2m]', '[3m:15s]'];
const NUMBERS = ['0', '1', '2', '0.5', '10', '100', '-1', '3.7', '1e3'];

const OF_RANGE =
  'avg_over_time changes count_over_time delta deriv idelta increase irate last_over_time max_over_time min_over_time present_over_time rate resets stddev_over_time stdvar_over_time sum_over_time'.split(
    ' ',
  );
const OF_VECTOR = 'abs ceil exp floor ln log10 log2 sgn sqrt timestamp atan cos sin sinh rad deg sort'.split(' ');
// Of times only: of NaN and infinities Go makes a date that depends on the processor, we NaN.
const CALENDAR = 'day_of_month day_of_week day_of_year days_in_month hour minute month year'.split(' ');
const AGGREGATORS = 'avg count group max min stddev stdvar sum'.split(' ');
const ARITHMETIC = '+ - * / % ^'.split(' ');
const COMPARISONS = '== != > < >= <='.split(' ');

export class QueryGenerator {
  readonly #random: Prng;
  readonly #vocabulary: Vocabulary;
  readonly #from: number;
  readonly #to: number;

  constructor({ random, vocabulary, from, to }: GeneratorSettings) {
    this.#random = random;
    this.#vocabulary = vocabulary;
    this.#from = from;
    this.#to = to;
  }

  query(): string {
    return this.#random.chance(0.05) ? this.#scalar(2) : this.#vector(3);
  }

  #vector(depth: number): string {
    if (depth <= 0) return `${this.#selector()}${this.#modifier()}`;
    const { families } = this.#vocabulary;
    return this.#random.pick<() => string>([
      () => `${this.#selector()}${this.#modifier()}`,
      () => `${this.#random.pick(OF_RANGE)}(${this.#range(depth - 1)})`,
      () => `${this.#random.pick(OF_RANGE)}(${this.#range(depth - 1)})`,
      () => `${this.#random.pick(OF_VECTOR)}(${this.#vector(depth - 1)})`,
      () => this.#call(depth - 1),
      () => this.#aggregation(depth - 1),
      () => this.#aggregation(depth - 1),
      () => `(${this.#vector(depth - 1)} ${this.#operator()} ${this.#scalar(depth - 1)})`,
      () => `(${this.#scalar(depth - 1)} ${this.#operator()} ${this.#vector(depth - 1)})`,
      () => this.#matching(depth - 1),
      () =>
        `(${this.#vector(depth - 1)} ${this.#random.pick(['and', 'or', 'unless'])}${this.#on()} ${this.#vector(depth - 1)})`,
      () => `-${this.#random.pick(families)}`,
    ])();
  }

  #scalar(depth: number): string {
    if (depth <= 0 || this.#random.chance(0.6)) return this.#random.pick(NUMBERS);
    return this.#random.pick([
      `scalar(${this.#vector(depth - 1)})`,
      'time()',
      'pi()',
      `(${this.#scalar(depth - 1)} * 2)`,
    ]);
  }

  #range(depth: number): string {
    const isSubquery = depth > 0 && this.#random.chance(0.3);
    const of = isSubquery
      ? `(${this.#vector(depth - 1)})${this.#random.pick(SUBQUERIES)}`
      : `${this.#selector()}[${this.#random.pick(RANGES)}]`;
    return `${of}${this.#modifier()}`;
  }

  #selector(): string {
    const { families, labels } = this.#vocabulary;
    const matchers = Array.from({ length: this.#random.below(3) }, () => {
      const [label, values] = this.#random.pick([...labels]);
      const value = this.#random.pick(values).replaceAll('\\', '\\\\').replaceAll('"', '\\"');
      const literal = value.replaceAll(/[.+*?()[\]{}|^$]/g, '\\\\$&');
      return this.#random.pick([
        `${label}="${value}"`,
        `${label}!="${value}"`,
        `${label}=~"${literal.slice(0, 2)}.*"`,
        `${label}!~".*${literal.slice(-1).replace(/\\/, '.')}"`,
        `${label}=~"${literal}|nothing"`,
        `${label}=""`,
        `${label}!=""`,
      ]);
    });
    return `${this.#random.pick(families)}${matchers.length > 0 ? `{${matchers.join(',')}}` : ''}`;
  }

  #modifier(): string {
    if (this.#random.chance(0.75)) return '';
    const at = `@ ${(this.#from + this.#random.float() * (this.#to - this.#from)).toFixed(2)}`;
    const offset = `offset ${this.#random.pick(OFFSETS)}`;
    return ` ${this.#random.pick([offset, offset, at, `${at} ${offset}`, '@ end()', `@ start() ${offset}`])}`;
  }

  #labels(): string {
    const names = [...this.#vocabulary.labels.keys()];
    return Array.from({ length: this.#random.below(3) }, () => this.#random.pick(names))
      .filter((name, at, all) => all.indexOf(name) === at)
      .join(', ');
  }

  #operator(): string {
    if (this.#random.chance(0.6)) return this.#random.pick(ARITHMETIC);
    return `${this.#random.pick(COMPARISONS)}${this.#random.pick(['', ' bool'])}`;
  }

  #on(): string {
    return this.#random.pick(['', ` on (${this.#labels()})`, ` ignoring (${this.#labels()})`]);
  }

  #matching(depth: number): string {
    const on = this.#on();
    const group =
      on === '' ? '' : this.#random.pick(['', '', ' group_left', ` group_right`, ` group_left (${this.#labels()})`]);
    const operator = this.#random.chance(0.1) ? 'atan2' : this.#operator();
    // The same on both sides matches itself one to one; anything else may or may not.
    const left = this.#vector(depth);
    const right = this.#random.chance(0.3) ? left : this.#vector(depth);
    return `(${left} ${operator}${on}${group} ${right})`;
  }

  #aggregation(depth: number): string {
    const by = this.#random.pick(['', ` by (${this.#labels()})`, ` without (${this.#labels()})`]);
    const of = this.#vector(depth);
    return this.#random.pick([
      `${this.#random.pick(AGGREGATORS)}${by} (${of})`,
      `${this.#random.pick(AGGREGATORS)}${by} (${of})`,
      `quantile${by} (${this.#random.pick(['0', '0.25', '0.5', '0.99', '1'])}, ${of})`,
      // Of round numbers: the last digit of others may differ, and here it is a label.
      `count_values${by} ("value", round(${this.#selector()}))`,
      `count (${this.#random.pick(['topk', 'bottomk'])}${by} (${this.#random.pick(['1', '2', '5'])}, ${of}))`,
    ]);
  }

  #call(depth: number): string {
    const { histograms, labels } = this.#vocabulary;
    const names = [...labels.keys()];
    const quantile = this.#random.pick(['0', '0.1', '0.5', '0.9', '0.99', '1']);
    const of = this.#vector(depth);
    const calls = [
      `clamp(${of}, ${this.#random.pick(['0', '1'])}, ${this.#random.pick(['5', '50'])})`,
      `clamp_max(${of}, ${this.#random.pick(NUMBERS)})`,
      `clamp_min(${of}, ${this.#random.pick(NUMBERS)})`,
      `round(${of}, ${this.#random.pick(['0.1', '1', '5'])})`,
      `absent(${of})`,
      `absent_over_time(${this.#range(depth)})`,
      `quantile_over_time(${quantile}, ${this.#range(depth)})`,
      `predict_linear(${this.#range(depth)}, ${this.#random.pick(['60', '600'])})`,
      `label_replace(${of}, "${this.#random.pick([...names, 'made'])}", "$1-x", "${this.#random.pick(names)}", "(.).*")`,
      `label_join(${of}, "made", "/", "${this.#random.pick(names)}", "${this.#random.pick(names)}")`,
      `vector(${this.#scalar(depth)})`,
      `${this.#random.pick(CALENDAR)}(timestamp(${this.#selector()}))`,
      ...(histograms.length === 0
        ? []
        : [
            `histogram_quantile(${quantile}, sum by (le) (rate(${this.#random.pick(histograms)}_bucket[${this.#random.pick(RANGES)}])))`,
          ]),
      ...(histograms.length === 0
        ? []
        : [`histogram_quantile(${quantile}, ${this.#random.pick(histograms)}_bucket${this.#modifier()})`]),
    ];
    return this.#random.pick(calls);
  }
}

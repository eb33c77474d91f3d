import { expect, it } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { typeOf } from '../ast.ts';
import { EvaluationError, ParseError } from '../errors.ts';
import { format } from '../format.ts';
import { Labels } from '../labels.ts';
import { parse } from '../parser.ts';
import { evaluateInstant, evaluateRange } from '../query.ts';
import { serialise } from '../serialise.ts';
import { loadSeries, type RecordedSeries } from '../storage/load.ts';
import { mayHave, resultLabels } from './result-labels.ts';
import { boundsOf } from './value-bounds.ts';

const recorded = ['a', 'b'].flatMap((name) =>
  [1, 2, 3].map((x): RecordedSeries => {
    const samples = Array.from({ length: 30 }, (_, at) => [at * 15_000, (at * x) % 17] as const);
    return { labels: Labels.of({ __name__: name, x: String(x), y: `${name}${x}` }), samples };
  }),
);
const store = loadSeries(recorded);

/** Queries at random, most of them valid. */
class Queries {
  readonly #random: Prng;

  constructor(seed: number) {
    this.#random = new Prng(seed);
  }

  #one(words: string): string {
    return this.#random.pick(words.split('|'));
  }

  vector(depth: number): string {
    if (depth <= 0)
      return `${this.#one('a|b|a{x="1"}|{__name__=~"[ab]"}|nope|start')}${this.#one('||| offset 1m| @ 100| @ end()')}`;
    const next = depth - 1;
    switch (this.#random.below(8)) {
      case 0:
        return `${this.#one('sum|avg|min|max|count|stddev|group')}${this.#one('| by (x)| without (y)')} (${this.vector(next)})`;
      case 1:
        return `(${this.vector(next)} ${this.#one('+|-|*|/|%|^|atan2|>|== bool')} ${this.#one('|on (x)|ignoring (y)|on (x) group_left ()|on (x) group_right (y)')} ${this.vector(next)})`;
      case 2:
        return `(${this.vector(next)} ${this.#one('and|or|unless')} ${this.#one('|on (x)')} ${this.vector(next)})`;
      case 3:
        return `${this.#one('rate|increase|delta|max_over_time|avg_over_time|absent_over_time|changes|last_over_time')}(${this.#range(next)})`;
      case 4:
        return `${this.#one('abs|ceil|sgn|hour|timestamp|sort|absent|sqrt')}(${this.vector(next)})`;
      case 5:
        return `(${this.vector(next)} ${this.#one('+|*|/|>|< bool|%')} ${this.#one('1|2.5|0|-3|NaN|Inf|time()')})`;
      case 6:
        return `${this.#one('topk|bottomk|quantile')}(${this.#one('0.5|2|time()')}, ${this.vector(next)})`;
      default:
        return `-${this.vector(next)}`;
    }
  }

  #range(depth: number): string {
    return this.#random.chance(0.6)
      ? `${this.#one('a|b|{__name__=~"[ab]"}')}${this.#one('[1m]|[5m]|[90s]')}`
      : `(${this.vector(depth)})[3m:${this.#one('|30s')}]`;
  }

  junk(): string {
    const words = 'sum|by|(|)|{|}|[|]|5m|:|a|"s"|=|=~|offset|@|-|1|start|bool|on|rate|,| ';
    return Array.from({ length: this.#random.below(12) }, () => this.#one(words)).join(this.#one('| '));
  }
}

/** The result, or undefined when the data do not allow the operation. */
function evaluate(query: string) {
  const expr = parse(query);
  try {
    const result = evaluateInstant(expr, store, { atMs: 300_000 });
    if (typeOf(expr) === 'vector') evaluateRange(expr, store, { startMs: 0, endMs: 400_000, stepMs: 40_000 });
    return { expr, result };
  } catch (error) {
    expect(error).toBeInstanceOf(EvaluationError);
    return undefined;
  }
}

it('what a query answers lies within the bounds and has only labels that were told from its text', () => {
  const queries = new Queries(7);
  let evaluated = 0;
  for (let round = 0; round < 1500; round++) {
    const query = queries.vector(3);
    const answer = evaluate(query);
    if (answer?.result.type !== 'vector') continue;
    evaluated++;
    const { least, most } = boundsOf(answer.expr);
    const labels = resultLabels(answer.expr);
    for (const sample of answer.result.samples) {
      expect(
        !(sample.value < least) && !(sample.value > most),
        `${query} is ${sample.value}, not within ${least} and ${most}`,
      ).toBe(true);
      const surprise = Object.keys(sample.labels.toRecord()).find((name) => labels && !mayHave(labels, name));
      expect(surprise, `a label of ${query}`).toBeUndefined();
    }
  }
  expect(evaluated).toBeGreaterThan(700);
});

it('text at random is a query that prints back as itself, or a parse error', () => {
  const queries = new Queries(11);
  for (let round = 0; round < 3000; round++) {
    const query = round % 2 === 0 ? queries.junk() : queries.vector(3);
    try {
      const expr = parse(query);
      expect(serialise(parse(format(expr)))).toEqual(serialise(expr));
    } catch (error) {
      expect(error, query).toBeInstanceOf(ParseError);
    }
  }
});

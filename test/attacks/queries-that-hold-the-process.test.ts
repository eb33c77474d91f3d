/**
 * The attack: one query over very many series (`sum by`, joins, `topk`, `label_replace`), within every limit to its
 * text; nothing else runs in the process until it is evaluated: no probe, no lease. The guards: evaluation in pieces,
 * between which the event loop has its turn (src/std/slices.ts), and a limit to the pieces of one query
 * (src/promql/limits.ts).
 */
import { describe, expect, it } from 'vitest';
import type { Matcher } from '../../src/promql/ast.ts';
import {
  DEFAULT_LIMITS,
  evaluateInstant,
  instantInSlices,
  Labels,
  parse,
  SeriesStore,
} from '../../src/promql/index.ts';
import type { SeriesSource } from '../../src/promql/source.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import type { Sliced } from '../../src/std/slices.ts';

const SERIES = 6000;
/** Series that are read, and label sets that are made, between two yields: each takes a microsecond or a few. */
const PER_PIECE = 1100;

function storeOf(): SeriesStore {
  const store = new SeriesStore();
  for (let tick = 0; tick < 4; tick++) {
    store.tick(1000 + tick * 15_000);
    for (let at = 0; at < SERIES; at++) {
      const labels = { __name__: 'x', uid: `u${at}`, le: String(at % 10), team: `t${at % 7}` };
      store.set(store.resolve(Labels.of(labels)) ?? 0, tick * at);
    }
  }
  return store;
}

/** Counts what is taken out of the store. */
class Watched implements SeriesSource {
  readonly #store: SeriesStore;
  taken = 0;
  onMatch: () => void = () => undefined;

  constructor(store: SeriesStore) {
    this.#store = store;
  }

  *select(
    matchers: readonly Matcher[],
    onMatch?: () => void,
  ): Sliced<ReturnType<SeriesStore['select']> extends Sliced<infer S> ? S : never> {
    const count = (): void => {
      this.taken++;
      this.onMatch();
      onMatch?.();
    };
    const selection = yield* this.#store.select(matchers, count);
    return {
      size: selection.size,
      distinctWithoutName: selection.distinctWithoutName,
      labels: (index) => {
        this.taken++;
        return selection.labels(index);
      },
      read: (window, index) => {
        this.taken++;
        selection.read(window, index);
      },
      latest: (window, index) => {
        this.taken++;
        selection.latest(window, index);
      },
    };
  }
}

describe('a query over very many series gives the event loop its turn', () => {
  const store = storeOf();

  it.each([
    'x',
    'x{uid=~"u.*[0-9]"}',
    'rate(x[1m])',
    'sum by (team) (rate(x[1m]))',
    'quantile by (team) (0.5, x)',
    'topk by (team) (3, x)',
    'count_values("value", x)',
    'x * on (uid) group_left () x',
    'x and on (uid) x > 5',
    'x or on (uid) x',
    '-x',
    'label_replace(x, "a", "$1", "uid", "u(.*)")',
    'label_join(x, "a", "-", "uid", "team")',
    'histogram_quantile(0.9, x)',
    'sort_desc(x)',
    'absent_over_time(x[1m])',
    'max_over_time(sum by (uid) (x)[1m:15s])',
    'round(x / 3, 0.1)',
    'scalar(sum(x)) + x',
  ])('%s', (query) => {
    const source = new Watched(store);
    const work = instantInSlices(parse(query), source, { atMs: 46_000, clock: new VirtualClock() });
    let most = 0;
    for (let before = 0, next = work.next(); next.done !== true; next = work.next()) {
      most = Math.max(most, source.taken - before);
      before = source.taken;
    }
    expect(source.taken).toBeGreaterThan(0);
    expect(most).toBeLessThanOrEqual(PER_PIECE);
  });

  it.each([
    ['in a matcher', 'x{uid!~"(.?){120}z"}'],
    ['in several', 'x{uid!~"(.?){120}z",team!~"(.?){120}z",le!~"(.?){120}z"}'],
  ])('after a few matches of a large pattern %s', (_where, query) => {
    const source = new Watched(store);
    const work = instantInSlices(parse(query), source, { atMs: 46_000, clock: new VirtualClock() });
    let [matches, most] = [0, 0];
    source.onMatch = () => void matches++;
    for (let next = work.next(); next.done !== true; next = work.next()) {
      most = Math.max(most, matches);
      matches = 0;
    }
    // 480 steps for each of five characters or more.
    expect(most).toBeLessThanOrEqual(20);
  });

  it('and ends after so many pieces even where no time passes', () => {
    const limits = { ...DEFAULT_LIMITS, maxPieces: 20 };
    const ask = (query: string) => () =>
      evaluateInstant(parse(query), store, { atMs: 46_000, clock: new VirtualClock(), limits });
    expect(ask('sum by (team) (x)')).toThrow(/too many steps/);
    expect(ask('x * on (uid) x')).toThrow(/too many steps/);
  });
});

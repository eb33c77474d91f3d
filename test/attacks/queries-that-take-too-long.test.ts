/**
 * The attack: patterns with nested repetitions (`uid!~"((.?){1000})x0"`), many matchers in many triggers; each is asked
 * about every series, and the process does nothing else for minutes. The guards: an engine without backtracking, a
 * limit to the size of each pattern (src/std/pattern-size.ts), limits to selectors, matchers and patterns of a query
 * (src/adapters/metrics/provider.ts), time that is looked at before each match (src/promql/evaluator.ts), and a share
 * of each round for each namespace (src/operator/metric-rounds.ts).
 */
import { describe, expect, it } from 'vitest';
import { metricsProvider } from '../../src/adapters/metrics/provider.ts';
import { patternProblem } from '../../src/api/pattern.ts';
import { PatternAllowance } from '../../src/api/policy-cost.ts';
import {
  DEFAULT_LIMITS,
  evaluateInstant,
  EvaluationError,
  Labels,
  parse,
  SeriesStore,
} from '../../src/promql/index.ts';
import { systemClock } from '../../src/std/clock.ts';
import { policy, TestCluster } from '../kit/test-cluster.ts';
import { POLICIES } from '../kit/resources.ts';

const repeated = (count: number, text: string): string => Array.from({ length: count }, () => text).join(',');
const QUERIES: readonly (readonly [string, string])[] = [
  ['a pattern that repeats a thousand times', 'sum by (namespace, pod) (kube_pod_info{uid!~"((.?){1000})x0"})'],
  ['one that nests repetitions', 'kube_pod_info{uid=~"(((a?){10}){10}){10}"}'],
  ['a hundred and forty matchers', `kube_pod_info{${repeated(140, 'uid!="x"')}}`],
  ['many patterns that are each allowed', `kube_pod_info{${repeated(12, 'uid!~"(.?){120}x"')}}`],
  ['many selectors', Array.from({ length: 40 }, () => 'kube_pod_info').join(' or ')],
  ['a pattern in label_replace', 'label_replace(kube_pod_info, "pod", "$1", "uid", "((.?){1000})x0")'],
];

describe('a query with', () => {
  it.each(QUERIES)('%s is refused by name before it is asked', (_what, query) => {
    const { check } = metricsProvider();
    const problem = check({ query }, new PatternAllowance());
    if (!query.startsWith('label_replace')) expect(problem?.message).toMatch(/allowed/);
    else {
      const at = { atMs: 0, clock: systemClock };
      expect(() => evaluateInstant(parse(query), new SeriesStore(), at)).toThrow(/invalid regular expression/);
    }
  });

  it('a pattern of too many steps is no query to the engine either', () => {
    expect(() => parse('x{uid=~"((.?){1000})x0"}')).toThrow(/repeat less/);
  });

  it('large patterns, few enough for a policy, is too much for one query', () => {
    expect(() => parse(`x{${repeated(4, 'uid!~"(.?){120}x"')}}`)).not.toThrow();
    expect(() => parse(`x{${repeated(5, 'uid!~"(.?){120}x"')}}`)).toThrow(/steps in its patterns/);
  });

  it('patterns looks at the time before each match', () => {
    const store = new SeriesStore();
    store.tick(1000);
    for (let at = 0; at < 100; at++) store.set(store.resolve(Labels.of({ __name__: 'x', uid: `${at}` })) ?? 0, 1);
    let looks = 0;
    const clock = { ...systemClock, monotonic: () => ++looks };
    const limits = { ...DEFAULT_LIMITS, timeoutMs: 50 };
    expect(() => evaluateInstant(parse('x{uid!~"(a|b)+c"}'), store, { atMs: 1000, clock, limits })).toThrow(
      EvaluationError,
    );
  });

  it('patterns of an Event is measured alike', () => {
    expect(patternProblem('((.?){1000})x0')).toMatch(/repeat less/);
  });

  it('patterns that are allowed ends when its time is over', () => {
    const store = new SeriesStore();
    store.tick(1000);
    for (let at = 0; at < 5000; at++) {
      const labels = Labels.of({ __name__: 'x', uid: `${'0123456789abcdef'.repeat(2)}-${at}` });
      store.set(store.resolve(labels) ?? 0, 1);
    }
    const query = parse(`x{${repeated(4, 'uid!~"(.?){120}x"')}}`);
    const limits = { ...DEFAULT_LIMITS, timeoutMs: 30 };
    const began = systemClock.monotonic();
    const ask = () => evaluateInstant(query, store, { atMs: 1000, clock: systemClock, limits });
    expect(ask).toThrow(EvaluationError);
    expect(systemClock.monotonic() - began).toBeLessThan(1000);
  });

  it('too much of anything is said in the status of its policy', async () => {
    const world = new TestCluster();
    world.operator();
    const trigger = {
      name: 'slow',
      type: 'metric',
      metricTrigger: { query: QUERIES[2]?.[1], operator: '>', threshold: 0 },
    };
    world.cluster.create(POLICIES, policy({ triggers: [trigger] }));
    const ready = () => world.status('crash-loops').conditions?.find(({ type }) => type === 'Ready');
    expect(await world.until(() => ready()?.status === 'False', 60_000)).toBe(true);
    expect(ready()).toMatchObject({ reason: 'TooExpensive' });
  });
});

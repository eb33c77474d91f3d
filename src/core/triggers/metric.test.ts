import { describe, expect, it } from 'vitest';
import type { MetricTrigger } from '../../api/policy.ts';
import { type MetricSeen, type SeenSample, seenSample } from '../metrics/answer.ts';
import type { Observation } from '../observation.ts';
import { evaluateMetric } from './metric.ts';

const AT = 1_000_000;
const trigger = (more: Partial<MetricTrigger> = {}): MetricTrigger => ({
  name: 't',
  type: 'metric',
  query: 'x',
  operator: '>',
  threshold: 10,
  durationMs: 0,
  keepFiringForMs: 0,
  cooldownMs: 0,
  ...more,
});
const of = (...values: readonly number[]): readonly SeenSample[] =>
  values.map((value, index) => seenSample({ labels: { container: `${index}`, copied: 'from elsewhere' }, value }));
const answer = (series: readonly SeenSample[], more: object = {}): MetricSeen => ({
  at: AT,
  goodUntil: AT + 45_000,
  absence: 'unknown',
  series,
  ...more,
});
const seen = (metric: MetricSeen | undefined, eventsAfter?: number): Observation => ({
  target: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } },
  pods: [],
  events: [],
  ...(metric !== undefined && { metrics: { t: metric } }),
  ...(eventsAfter !== undefined && { eventsAfter }),
});
const judge = (
  metric: MetricSeen | undefined,
  more: { spec?: Partial<MetricTrigger>; after?: number; now?: number } = {},
) => evaluateMetric(trigger(more.spec), seen(metric, more.after), more.now ?? AT);

describe('a metric trigger', () => {
  it.each([
    ['>', 10, 'false'],
    ['>', 10.1, 'true'],
    ['>=', 10, 'true'],
    ['<', 9, 'true'],
    ['<=', 10, 'true'],
    ['==', 10, 'true'],
    ['==', 11, 'false'],
    ['!=', 10, 'false'],
    ['!=', 9, 'true'],
  ] as const)('%s 10 of %d is %s', (operator, value, holds) => {
    expect(judge(answer(of(value)), { spec: { operator } }).holds).toBe(holds);
  });

  it('holds when one of the series of the object does, and names the one that holds most clearly', () => {
    const firing = judge(answer(of(1, 30, 20)));
    expect(firing).toMatchObject({ holds: 'true', value: 30, observedAt: AT, recheckAt: AT + 45_001 });
    expect(firing.detail).toBe('30 is > 10 for {container="1"}');
  });

  it.each<[string, MetricSeen | undefined, { after?: number; now?: number }]>([
    ['was not asked yet', undefined, {}],
    ['has no answer', { unknown: 'SourceDown', message: 'no route to host' }, {}],
    ['answers NaN', answer(of(Number.NaN)), {}],
    ['answers an infinite number', answer(of(Number.POSITIVE_INFINITY)), {}],
    ['answers NaN beside a number that does not hold', answer(of(Number.NaN, 1)), {}],
    ['answers the same series twice', answer([...of(1), ...of(20)]), {}],
    ['answers no series, and every series that exists is in the answer', answer([]), {}],
    ['was answered in the future', answer(of(20)), { now: AT - 1 }],
    ['was answered too long ago', answer(of(20)), { now: AT + 45_001 }],
    ['was answered before the last action', answer(of(20)), { after: AT }],
  ])('is unknown when the query %s', (_, metric, more) => {
    expect(judge(metric, more)).toMatchObject({ holds: 'unknown', noEvidence: true });
  });

  it('holds when a number does, whatever the other series are', () => {
    expect(judge(answer(of(Number.NaN, 20)))).toMatchObject({ holds: 'true', value: 20 });
  });

  it('does not hold when the query leaves out what does not hold, and this object is left out', () => {
    expect(judge(answer([], { absence: 'false' }))).toMatchObject({ holds: 'false', observedAt: AT });
  });
});

import { describe, expect, it } from 'vitest';
import { policyOf } from '../../../test/kit/core-data.ts';
import type { MetricResult } from '../metrics/answer.ts';
import { type MetricHealth, metricHealth, metricProblems } from './metric-health.ts';

const metric = (name: string) => ({
  name,
  type: 'metric',
  metricTrigger: { query: name, operator: '>', threshold: 0 },
});
const condition = { name: 'c', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False' } };
const { triggers } = policyOf({ triggers: [condition, metric('up')] });
const health = (result: MetricResult | undefined): readonly MetricHealth[] =>
  metricHealth(triggers, () => result && { result });
const unknown = (reason: 'SourceDown' | 'InvalidQuery' | 'NoSuchFamily'): MetricResult => ({
  type: 'unknown',
  reason,
  message: 'why',
  warnings: [],
});

describe('the data of a metric trigger', () => {
  it.each<[string, MetricResult | undefined, Omit<MetricHealth, 'trigger'>]>([
    [
      'have not been asked for yet',
      undefined,
      { problem: { reason: 'NotEvaluated', message: 'its query has not been evaluated yet' }, warnings: [] },
    ],
    ['are there', { type: 'scalar', value: 1, warnings: ['slow'] }, { warnings: ['slow'] }],
    ['are missing', unknown('SourceDown'), { problem: { reason: 'SourceDown', message: 'why' }, warnings: [] }],
  ])('%s', (_title, result, expected) => {
    expect(health(result)).toEqual([{ trigger: 'up', ...expected }]);
  });

  it.each<[string, MetricResult | undefined, readonly string[]]>([
    ['no problem of the policy while they are not asked for', undefined, []],
    ['no problem of the policy when the source is down: it may come back', unknown('SourceDown'), []],
    ['a problem of the policy when its query is wrong', unknown('InvalidQuery'), ['InvalidQuery']],
    ['a problem of the policy when no source has the family', unknown('NoSuchFamily'), ['NoSuchFamily']],
  ])('are %s', (_title, result, expected) => {
    const problems = metricProblems(health(result));
    expect(problems.map(({ reason }) => reason)).toEqual(expected);
    for (const { path } of problems) expect(path).toBe('spec.triggers[up].metricTrigger.query');
  });
});

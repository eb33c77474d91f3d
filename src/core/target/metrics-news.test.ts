import { expect, it } from 'vitest';
import { metricsNews } from './announcements.ts';

const at = '2026-01-01T00:00:00Z';
const status = (is: 'True' | 'False' | 'Unknown') => ({
  conditions: [
    { type: 'MetricsAvailable', status: is, reason: 'SourceDown', message: 'no answer', lastTransitionTime: at },
  ],
});

it.each<[string, object, object, string | undefined]>([
  ['the first time that there is none', {}, status('False'), 'MetricsMissing'],
  ['when they end', status('True'), status('False'), 'MetricsMissing'],
  ['not again while there is none', status('False'), status('False'), undefined],
  ['when they are back', status('False'), status('True'), 'MetricsBack'],
  ['not of answers that were there before', status('True'), status('True'), undefined],
])('answers of metrics are told of %s', (_title, before, after, reason) => {
  expect(metricsNews(before, after)?.reason).toBe(reason);
});

import { expect, it } from 'vitest';
import { seenSample } from './answer.ts';

it.each([
  [1.5, 1.5],
  [-0, 0],
  [Number.NaN, 'NaN'],
  [Number.POSITIVE_INFINITY, '+Inf'],
  [Number.NEGATIVE_INFINITY, '-Inf'],
])('the value %d of a series is seen as %j, which JSON keeps', (value, expected) => {
  const sample = seenSample({ labels: { pod: 'web-0' }, value });
  expect(sample).toStrictEqual({ labels: { pod: 'web-0' }, value: expected });
  expect(JSON.parse(JSON.stringify(sample))).toStrictEqual(sample);
});

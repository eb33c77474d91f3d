import { expect, it } from 'vitest';
import { parseQuantity, quantityNumber } from './quantity.ts';

it.each([
  ['0', 0],
  ['100m', 0.1],
  ['1.5Gi', 1.5 * 2 ** 30],
  ['1k', 1000],
  ['2e3', 2000],
  ['12E', 12e18],
  ['-1Mi', -(2 ** 20)],
  ['250000000n', 0.25],
  ['1Ki5', undefined],
  ['Gi', undefined],
  ['', undefined],
])('%j is %s', (text, value) => {
  const quantity = parseQuantity(text);
  expect(quantity && quantityNumber(quantity)).toBe(value);
});

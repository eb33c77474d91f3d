import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareQuantity, formatQuantity, parseQuantity, quantityNumber } from './quantity.ts';

const nano = (text: string) => parseQuantity(text)?.nano;

describe('quantities', () => {
  it.each([
    ['0', 0, '0'],
    ['500m', 0.5, '500m'],
    ['1.5Gi', 1.5 * 2 ** 30, '1536Mi'],
    ['1024Mi', 2 ** 30, '1Gi'],
    ['2e3', 2000, '2e3'],
    ['1E', 1e18, '1E'],
    ['-250m', -0.25, '-250m'],
    ['.5', 0.5, '500m'],
    ['+1.', 1, '1'],
    ['0.5Ki', 512, '512'],
    ['1000k', 1e6, '1M'],
    ['100u', 1e-4, '100u'],
  ])('%s is %d and is written %s', (text, value, canonical) => {
    const quantity = parseQuantity(text);
    if (quantity === undefined) throw new Error(`not read: ${text}`);
    expect(quantityNumber(quantity)).toBeCloseTo(value, 9);
    expect(formatQuantity(quantity)).toBe(canonical);
  });

  it.each(['', 'abc', '1.5.2', '1gi', '1 Gi', 'Gi', '1e', '1e400', '--1', '0x10', 'NaN', '5m5'])(
    'refuses %j',
    (text) => {
      expect(parseQuantity(text)).toBeUndefined();
    },
  );

  it('rounds fractions below a billionth up, away from zero', () => {
    expect(nano('0.0000000001')).toBe(1n);
    expect(nano('-0.0000000001')).toBe(-1n);
  });

  const quantity = fc.record({
    nano: fc.bigInt(-(10n ** 27n), 10n ** 27n),
    format: fc.constantFrom('BinarySI', 'DecimalSI', 'DecimalExponent'),
  });

  it('what is written reads back as the same amount', () => {
    fc.assert(
      fc.property(quantity, (value) => {
        expect(nano(formatQuantity(value))).toBe(value.nano);
      }),
    );
  });

  it('is written in one way only', () => {
    fc.assert(
      fc.property(quantity, (value) => {
        const text = formatQuantity(value);
        const again = parseQuantity(text);
        expect(again && formatQuantity({ ...again, format: value.format })).toBe(text);
      }),
    );
  });

  it('orders as the numbers do', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer(), (a, b) => {
        const [x, y] = [parseQuantity(`${a}m`), parseQuantity(`${b}m`)];
        expect(x && y && compareQuantity(x, y)).toBe(Math.sign(a - b));
      }),
    );
  });
});

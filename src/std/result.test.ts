import { expect, it } from 'vitest';
import { mapped, type Result, whyNot } from './result.ts';

const half = (n: number): Result<number> => (n % 2 === 0 ? { value: n / 2 } : whyNot(`${n} is odd`));

it('changes a value, and leaves a reason as it is', () => {
  expect(mapped(half(6), (n) => n + 1)).toEqual({ value: 4 });
  expect(mapped(half(7), (n) => n + 1)).toEqual({ whyNot: '7 is odd' });
});

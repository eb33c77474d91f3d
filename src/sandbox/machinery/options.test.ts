import { describe, expect, test } from 'vitest';
import { isApiError } from './errors.ts';
import { integerOption } from './options.ts';
import { Query } from './route.ts';

const read = (query: string): number | string | undefined => {
  try {
    return integerOption(new Query(query), 'limit');
  } catch (error) {
    if (isApiError(error, 'BadRequest')) return error.message;
    throw error;
  }
};

describe('An option that is a number', () => {
  test.each<[string, number | string | undefined]>([
    ['', undefined],
    ['limit=5', 5],
    ['limit=-3&limit=x', -3],
    ['limit=', 'strconv.ParseInt: parsing "": invalid syntax'],
    ['limit=abc', 'strconv.ParseInt: parsing "abc": invalid syntax'],
    ['limit=1.5', 'strconv.ParseInt: parsing "1.5": invalid syntax'],
    ['limit=9223372036854775808', 'strconv.ParseInt: parsing "9223372036854775808": value out of range'],
  ])('%s', (query, expected) => {
    expect(read(query)).toBe(expected);
  });
});

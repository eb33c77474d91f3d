import { describe, expect, it } from 'vitest';
import { nextPageSize } from './page-size.ts';

const page = (objects: number, bytes?: number) =>
  nextPageSize({ items: Array.from({ length: objects }), ...(bytes === undefined ? {} : { bytes }) });

describe('the next page', () => {
  it.each<[string, number, number | undefined, number]>([
    ['has a megabyte of objects like those of the last one', 100, 2_000_000, 50],
    ['grows four times at most', 50, 50_000, 200],
    ['has 500 objects at most', 400, 40_000, 500],
    ['has one object at least', 10, 100_000_000, 1],
    ['grows from an empty one, which a server may send', 0, 60, 4],
    ['of an answer whose size is not known has what kubectl asks for', 3, undefined, 500],
  ])('%s', (_title, objects, bytes, next) => {
    expect(page(objects, bytes)).toBe(next);
  });
});

import { expect, it } from 'vitest';
import { hangingRows, hangingText } from './hanging-rows.ts';

it.each<[string, string, number | undefined, readonly string[]]>([
  ['fits', 'one two', 7, ['one two']],
  ['has no right edge', 'one two three', undefined, ['one two three']],
  ['goes on deeper than it begins', '  one two three', 9, ['  one two', '    three']],
  ['keeps its gaps', 'one  two three', 8, ['one  two', '  three']],
  ['has a word that is too long', 'a bbbbbbbbbbbb c', 6, ['a', '  bbbbbbbbbbbb', '  c']],
  ['is one word', '  bbbbbbbbbbbb', 6, ['  bbbbbbbbbbbb']],
])('a line that %s', (_title, line, width, rows) => {
  expect(hangingRows(line, { width })).toEqual(rows);
});

it('goes on at a column that is named', () => {
  expect(hangingText(['at    one two'], { width: 9, column: 6 })).toBe('at    one\n      two\n');
});

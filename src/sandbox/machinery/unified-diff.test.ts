import { expect, test } from 'vitest';
import { unifiedDiff } from './unified-diff.ts';

const lines = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, index) => `l${from + index}`);

test.each<[string, readonly string[], readonly string[], string]>([
  ['nothing where nothing differs', ['a'], ['a'], ''],
  [
    'a changed line amid three on either side',
    lines(1, 9),
    ['l1', 'l2', 'l3', 'l4', 'x', 'l6', 'l7', 'l8', 'l9'],
    '@@ -2,7 +2,7 @@\n l2\n l3\n l4\n-l5\n+x\n l6\n l7\n l8\n',
  ],
  ['an added line at the end', ['a'], ['a', 'b'], '@@ -1 +1,2 @@\n a\n+b\n'],
  ['a line removed at the start', ['a', 'b'], ['b'], '@@ -1,2 +1 @@\n-a\n b\n'],
  [
    'far changes in hunks of their own',
    lines(1, 20),
    ['x', ...lines(2, 19), 'y'],
    '@@ -1,4 +1,4 @@\n-l1\n+x\n l2\n l3\n l4\n@@ -17,4 +17,4 @@\n l17\n l18\n l19\n-l20\n+y\n',
  ],
  [
    'an inserted block before one like it',
    ['[', '{', 'a', '}', ']'],
    ['[', '{', 'b', '}', '{', 'a', '}', ']'],
    '@@ -1,4 +1,7 @@\n [\n+{\n+b\n+}\n {\n a\n }\n',
  ],
])('shows %s', (_, before, after, expected) => {
  expect(unifiedDiff(before.join('\n'), after.join('\n'))).toBe(expected);
});

// In 400 lines one that comes up more than five times begins no block, so the longest run of rarer lines decides.
test('passes over lines that come up often in long texts', () => {
  const before = [...Array.from({ length: 199 }, () => '},'), 'a', 'b'];
  const after = ['a', 'b', ...Array.from({ length: 199 }, () => '},')];
  const text = unifiedDiff(before.join('\n'), after.join('\n'));
  expect(text.split('\n').filter((line) => line.startsWith('-'))).toHaveLength(199);
  expect(text.split('\n').filter((line) => line.startsWith(' '))).toEqual([' a', ' b']);
});

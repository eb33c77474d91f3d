import { expect, it } from 'vitest';
import { memoised } from './memo.ts';

it('computes each text once, and the oldest again after its place was needed', () => {
  const computed: string[] = [];
  const upper = memoised(2, (text) => {
    computed.push(text);
    return { text: text.toUpperCase() };
  });
  expect([upper('a'), upper('b'), upper('a')].map(({ text }) => text)).toEqual(['A', 'B', 'A']);
  expect(computed).toEqual(['a', 'b']);
  // The place of a is needed for c; b is still known.
  upper('c');
  upper('b');
  expect(upper('a')).toEqual({ text: 'A' });
  expect(computed).toEqual(['a', 'b', 'c', 'a']);
});

it('the empty text is one like any other', () => {
  const one = memoised(1, (text) => ({ length: text.length }));
  expect([one(''), one('ab'), one('')]).toEqual([{ length: 0 }, { length: 2 }, { length: 0 }]);
});

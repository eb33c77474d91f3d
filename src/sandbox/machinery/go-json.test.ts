import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { JsonSyntaxError, parseGoJson } from './go-json.ts';

/** A space before it: nothing that the platform writes begins with one, so that every character is looked at. */
const carefully = (text: string) => parseGoJson(` ${text}`);

test('a text as the platform writes it means what it means to the careful reader', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = JSON.stringify(value);
      expect(parseGoJson(text)).toEqual(carefully(text));
      expect(parseGoJson(`${text}\n`)).toEqual(carefully(text));
    }),
  );
});

test.each([
  ['a key twice', '{"a":1,"b":{"c":1,"c":2}}', { value: { a: 1, b: { c: 2 } }, duplicates: ['b.c'] }],
  ['a number beyond a float', '{"a":1e999}', { value: { a: Infinity }, duplicates: [], overflow: '1e999' }],
  ['half a character', '{"a":"\\ud800"}', { value: { a: '\ufffd' }, duplicates: [] }],
  ['half a character, as it is', '{"a":"\ud800"}', { value: { a: '\ufffd' }, duplicates: [] }],
  ['an escape for a backslash', '{"a":"\\\\ud800"}', { value: { a: '\\ud800' }, duplicates: [] }],
  ['a zero with a sign', '[-0]', { value: [0], duplicates: [] }],
])('%s is read as Go reads it', (_, text, expected) => {
  expect(parseGoJson(text)).toEqual(expected);
  expect(carefully(text)).toEqual(expected);
});

test('a key named as the prototype is a key', () => {
  const { value } = parseGoJson('{"__proto__":1}');
  expect(Object.entries(value as object)).toEqual([['__proto__', 1]]);
});

test('10,000 levels are read, one more is refused', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
  expect(parseGoJson(nested(10_000)).duplicates).toEqual([]);
  expect(() => parseGoJson(nested(10_001))).toThrow(JsonSyntaxError);
});

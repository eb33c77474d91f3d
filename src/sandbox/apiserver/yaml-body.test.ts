import { describe, expect, test } from 'vitest';
import { parseYamlBody } from './yaml-body.ts';

describe('What YAML says', () => {
  test.each<[string, unknown]>([
    ['a: 2020-01-01', { a: '2020-01-01' }],
    ['a: 12:30:45', { a: '12:30:45' }],
    ['a: 0o17\nb: 017\nc: 0x10', { a: 15, b: 15, c: 16 }],
    ['a: yes\nb: off', { a: true, b: false }],
    ['a: 1\n---\na: 2', { a: 1 }],
    ['a: &x {b: 1}\nc: *x', { a: { b: 1 }, c: { b: 1 } }],
  ])('%j', (text, value) => {
    expect(parseYamlBody(text).value).toEqual(value);
  });

  test('every key that comes again is told', () => {
    expect(parseYamlBody('a: 1\na: 2\nb:\n  c: 1\n  c: 2\n').duplicates).toEqual([
      'line 2: key "a" already set in map',
      'line 5: key "c" already set in map',
    ]);
  });
});

describe('What is wrong with YAML', () => {
  test.each([
    ['a: *x', "yaml: unknown anchor 'x' referenced"],
    ['a: &x [*x]', "yaml: anchor 'x' value contains itself"],
    ['a: .inf', 'json: unsupported value: +Inf'],
    ['a: b: c', 'yaml: mapping values are not allowed in this context'],
    ['a:\n  a: b: c\n', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a: b\n c: d', 'yaml: line 2: mapping values are not allowed in this context'],
    ['a:\n\tb: 1', 'yaml: line 2: found character that cannot start any token'],
    ['a: [1\n', "yaml: line 1: did not find expected ',' or ']'"],
    ['- a\nb: c', "yaml: line 1: did not find expected '-' indicator"],
    ['a: - b\n', 'yaml: block sequence entries are not allowed in this context'],
  ])('%j: %s', (text, message) => {
    expect(() => parseYamlBody(text)).toThrow(message);
  });
});

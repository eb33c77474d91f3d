import { describe, expect, it } from 'vitest';
import { typeOf } from './ast.ts';
import { ParseError } from './errors.ts';
import { format } from './format.ts';
import { parse } from './parser.ts';
import { serialise } from './serialise.ts';

/** A query that says how another was read. */
const readAs: readonly (readonly [string, string])[] = [
  ['a - a offset 10m >= 1', '(a - (a offset 10m)) >= 1'],
  ['-1 ^ 2', '-(1 ^ 2)'],
  ['-a * b', '(-a) * b'],
  ['2 ^ 3 ^ 2', '2 ^ (3 ^ 2)'],
  ['a or b and c unless d', 'a or ((b and c) unless d)'],
  ['a + b * c atan2 d', 'a + ((b * c) atan2 d)'],
  ['a offset 2 ^ 2', '(a offset 2s) ^ 2'],
  ['a offset -2 * 3', '(a offset -2s) * 3'],
];

/** The tree without parentheses and positions. */
function shape(query: string): string {
  return JSON.stringify(serialise(parse(query)), (_, value: unknown) => {
    let node = value as { type?: string; expr?: unknown } | null;
    while (typeof node === 'object' && node !== null && node.type === 'parenExpr') node = node.expr as typeof node;
    return node;
  });
}

describe('a query', () => {
  it.each(readAs)('%s reads as %s', (query, explicit) => {
    expect(shape(query)).toBe(shape(explicit));
  });

  it.each([
    ['0x1F', 31],
    ['1_000', 1000],
    ['1e3', 1000],
    ['.5', 0.5],
    ['010', 8],
    ['1h30m', 5400],
    ['-Inf', Number.NEGATIVE_INFINITY],
    ['+nan', Number.NaN],
  ])('%s is the number %d', (query, value) => {
    expect(parse(query)).toMatchObject({ kind: 'number', value });
  });

  it.each([
    '{"metric.name","label with space"="x"}',
    'sum by ("odd-label") (x)',
    'sum + on',
    'by{and="1"}',
    "x{a='\\u00e9'}",
    'x # comment\n + y',
  ])('%s is valid', (query) => {
    if (query === 'sum + on') expect(() => parse(query)).toThrow(ParseError);
    else expect(typeOf(parse(query))).toBe('vector');
  });

  it.each([
    'a{x=~"a|b"}[5m] offset 1m',
    'sum by (x) (rate(a[5m])) / on (x) group_left (y) b',
    '(a[1h:1m] @ end())',
    'topk(3, -a)',
    'a == bool 1',
  ])('%s is printed back', (query) => {
    const inner =
      query.includes('[5m]') && query.includes('offset')
        ? `sum_over_time(${query})`
        : query.startsWith('(a[')
          ? 'max_over_time(a[1h:1m] @ end())'
          : query;
    expect(format(parse(format(parse(inner))))).toBe(format(parse(inner)));
    expect(shape(format(parse(inner)))).toBe(shape(inner));
  });
});

describe('an error names its place and cause', () => {
  it.each([
    ['', '1:1: parse error: no expression found in input'],
    ['sum(', '1:5: parse error: unclosed left parenthesis'],
    ['a b', '1:3: parse error: unexpected identifier "b"'],
    ['a{x="1"', '1:8: parse error: unexpected end of input inside braces'],
    ['a{x}', '1:4: parse error: unexpected "}" in label matching, expected label matching operator'],
    ['a{x=~"("}', '1:3: parse error: error parsing regexp: missing closing )'],
    ['{x=""}', '1:1: parse error: vector selector must contain at least one non-empty matcher'],
    ['rate(a)', '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ['rate(a[5m], 1)', '1:1: parse error: expected 1 argument(s) in call to "rate", got 2'],
    ['nope(a)', '1:1: parse error: unknown function with name "nope"'],
    ['info(a)', '1:1: parse error: function "info" is not enabled'],
    [
      'limitk(1, a)',
      '1:1: parse error: limitk() is experimental and must be enabled with --enable-feature=promql-experimental-functions',
    ],
    ['1 > 2', '1:3: parse error: comparisons between scalars must use BOOL modifier'],
    ['a + bool b', '1:3: parse error: bool modifier can only be used on comparison operators'],
    ['a and 1', '1:1: parse error: set operator "and" not allowed in binary scalar expression'],
    ['a and on (x) group_left b', '1:1: parse error: no grouping allowed for "and" operation'],
    ['a[5m] + 1', '1:1: parse error: binary expression must contain only scalar and instant vector types'],
    ['a[0s]', '1:3: parse error: duration must be greater than 0'],
    ['a[5m+1m]', '1:3: parse error: experimental duration expression is not enabled'],
    [
      'sum(a) offset 5m',
      '1:1: parse error: offset modifier must be preceded by an instant vector selector or range vector selector or a subquery',
    ],
    ['a offset 1m offset 2m', '1:1: parse error: offset may not be set multiple times'],
    ['"a\\qb"', "1:1: parse error: unknown escape sequence U+0071 'q'"],
    ['up\n  ==\n  (1', '3:5: parse error: unclosed left parenthesis'],
    ['5x', '1:1: parse error: bad number or duration syntax: "5x"'],
  ])('%j', (query, message) => {
    expect(() => parse(query)).toThrow(message);
  });

  it('instead of exhausting the stack', () => {
    expect(() => parse(`${'('.repeat(5000)}a${')'.repeat(5000)}`)).toThrow(ParseError);
    expect(() => parse(`a${' + a'.repeat(5000)}`)).toThrow(ParseError);
  });
});

import { describe, expect, it } from 'vitest';
import { CelError, CostExceeded } from './errors.ts';
import { Meter } from './evaluate.ts';
import { compile } from './program.ts';
import { type CelType, DYN, INT, listOf, optionalOf, STRING } from './types.ts';
import { fromJson, Uint, type Value } from './values.ts';

const VARIABLES = new Map<string, CelType>([
  ['self', DYN],
  ['text', STRING],
  ['number', INT],
  ['texts', listOf(STRING)],
  ['maybe', optionalOf(STRING)],
]);

function evaluate(source: string, self: unknown = null): Value {
  const compiled = compile(source, VARIABLES);
  if ('issues' in compiled) throw new CelError(compiled.issues);
  return compiled.program.run((name) => (name === 'self' ? fromJson(self, DYN) : undefined), new Meter(1_000_000));
}

const issuesOf = (source: string): string => {
  const compiled = compile(source, VARIABLES);
  return 'issues' in compiled ? compiled.issues : '';
};

describe('expressions evaluate as the language says', () => {
  it.each<[string, unknown]>([
    ['1 + 2 * 3 == 7', true],
    ['7 / 2', 3n],
    ['-7 % 3', -1n],
    ['7.0 / 2.0', 3.5],
    ['1 < 1.5 && 2u > 1', true],
    ['dyn(1) == 1.0 && dyn(1u) == 1', true],
    ['"a" + "b" in ["ab"]', true],
    ['2 in {1: "x", 2: "y"}', true],
    ['{"a": 1}.a', 1n],
    ['{"a": {"b": [1, 2]}}.a.b[1]', 2n],
    ['true ? "yes" : "no"', 'yes'],
    ['!false', true],
    ['size("héllo") == 5 && "😀".size() == 1', true],
    ['[1, 2, 3].map(x, x * 2) == [2, 4, 6]', true],
    ['[1, 2, 3].filter(x, x > 1).size()', 2n],
    ['[1, 2, 3].all(x, x > 0) && [1, 2].exists(x, x == 2) && [1, 2].exists_one(x, x > 1)', true],
    ['{"a": 1, "b": 2}.map(k, k).sort() == ["a", "b"]', true],
    ['[5, 6].transformList(i, v, i * v) == [0, 6]', true],
    ['{"a": 1, "b": 2}.transformMap(k, v, v > 1, v + 1) == {"b": 3}', true],
    ['["x", "y"].transformMapEntry(i, v, {v: i}) == {"x": 0, "y": 1}', true],
    ['[1, 2].all(i, v, v == i + 1)', true],
    ['has({"a": 1}.a) && !has({"a": 1}.b)', true],
    ['type(1) == int && type("a") != int && type([]) == list', true],
    ['int("42") + int(2.9) == 44', true],
    ['string(1.5) + string(2) + string(true)', '1.52true'],
    ['double("1e3") == 1000.0', true],
    ['duration("1h30m").getMinutes() == 90', true],
    ['timestamp("2024-02-29T12:00:00Z").getDayOfYear()', 59n],
    ['timestamp("2024-03-01T00:30:00Z").getDate("-01:00")', 29n],
    ['timestamp("2026-01-01T00:00:00Z") - timestamp("2025-12-31T23:00:00Z") == duration("3600s")', true],
    ['b"abc".size() == 3 && bytes("é").size() == 2', true],
    ['"\\u00e9" == "é" && r"\\d" == "\\\\d"', true],
    ['optional.of(1).orValue(2) + optional.none().orValue(3)', 4n],
    ['{"a": {"b": 1}}.?a.?c.orValue(9)', 9n],
    ['[1, 2][?5].hasValue()', false],
    ['[1, ?optional.none(), ?optional.of(3)] == [1, 3]', true],
    ['optional.of(2).optMap(x, x + 1).value()', 3n],
    ['optional.none().optFlatMap(x, optional.of(x)).hasValue()', false],
    ['0x10 == 16', true],
  ])('%s', (source, expected) => {
    expect(evaluate(source)).toEqual(expected);
  });

  it('keeps unsigned numbers apart', () => {
    expect(evaluate('3u - 1u')).toEqual(new Uint(2n));
  });

  it('reads JSON numbers as int where they are whole and as double where not', () => {
    expect(evaluate('type(self.a) == int && type(self.b) == double', { a: 1, b: 1.5 })).toBe(true);
  });
});

describe('the libraries of Kubernetes', () => {
  it.each([
    ['isQuantity("1Gi") && !isQuantity("lots") && quantity("1.5Gi").isGreaterThan(quantity("1500Mi"))'],
    ['quantity("50k").add(quantity("20k")).sub(20000).asInteger() == 50000'],
    ['quantity("500m").asApproximateFloat() == 0.5 && !quantity("500m").isInteger()'],
    ['quantity("1Ki") == quantity("1024") && sign(quantity("-2")) == -1'],
    ['isURL("https://x.org:80/p") && !isURL("nope") && url("https://x.org:80/p?a=1").getPort() == "80"'],
    ['url("https://x.org/p?a=1&a=2").getQuery()["a"] == ["1", "2"] && url("/p").getScheme() == ""'],
    ['isIP("10.0.0.1") && !isIP("999.1.1.1") && ip("::1").isLoopback() && ip("10.0.0.1").family() == 4'],
    ['ip.isCanonical("2001:db8::1") && !ip.isCanonical("2001:0db8::1")'],
    ['cidr("10.0.0.0/8").containsIP("10.9.9.9") && !cidr("10.0.0.0/8").containsIP(ip("11.0.0.1"))'],
    ['cidr("10.0.0.0/8").containsCIDR("10.1.0.0/16") && cidr("10.1.2.3/8").masked() == cidr("10.0.0.0/8")'],
    ['"abc 123 def".find("[0-9]+") == "123" && "1a2b".findAll("[0-9]") == ["1", "2"]'],
    ['[1, 2, 3].isSorted() && [3, 1].max() == 3 && [3, 1].min() == 1 && [1, 2].sum() == 3'],
    ['[1, 2, 1].indexOf(1) == 0 && [1, 2, 1].lastIndexOf(1) == 2'],
    ['sets.contains([1, 2], [2]) && sets.equivalent([1, 2], [2, 1, 1]) && sets.intersects([1], [1, 2])'],
    ['"HeLLo".lowerAscii() == "hello" && "a,b".split(",") == ["a", "b"] && ["a", "b"].join("-") == "a-b"'],
    ['"hello".substring(1, 3) == "el" && "abc".charAt(1) == "b" && "  x ".trim() == "x"'],
    ['"aXbX".replace("X", "-", 1) == "a-bX" && "hello".indexOf("l") == 2 && "hello".lastIndexOf("l") == 3'],
    ['!quantity("1.5Gi").isInteger() && quantity("1536Mi").isInteger()'],
    ['isURL("mailto:a@b") && url("mailto:a@b").getHost() == ""'],
    ['timestamp("2024-07-01T12:00:00Z").getHours("America/New_York") == 8'],
    ['timestamp("2024-01-01T12:00:00Z").getHours("Asia/Kolkata") == 17'],
    ['"%s has %d at %.2f".format([dyn("x"), 3, 1.5]) == "x has 3 at 1.50"'],
    ['[1, 2, 2].distinct() == [1, 2] && [[1], [2]].flatten() == [1, 2] && lists.range(3) == [0, 1, 2]'],
    ['!format.dns1123Label().validate("ok").hasValue() && format.dns1123Label().validate("No_").hasValue()'],
    ['format.named("uuid").hasValue() && !format.named("nothing").hasValue()'],
    [
      'isSemver("1.2.3") && semver("1.2.3").isLessThan(semver("1.10.0")) && semver("1.0.0-rc.1").compareTo(semver("1.0.0")) == -1',
    ],
    ['"abc".matches("^a.*c$") && !"abc".matches("^b")'],
  ])('%s', (source) => {
    expect(evaluate(source)).toBe(true);
  });
});

describe('failures at run time', () => {
  it.each([
    ['[1][5]', 'index out of bounds: 5'],
    ['1 / 0', 'division by zero'],
    ['1 % 0', 'modulus by zero'],
    ['9223372036854775807 + 1', 'integer overflow'],
    ['self.missing', 'no such key: missing'],
    ['self.a + "x"', 'no such overload'],
    ['0.0 / 0.0 > 1.0', 'NaN values cannot be ordered'],
    ['timestamp(string(self.a)) == timestamp("2024-01-01T00:00:00Z")', "type conversion error from 'string'"],
    ['cidr("x/y") == cidr("x")', 'netip.ParsePrefix("x/y"): ParseAddr("x"): unable to parse IP'],
  ])('%s: %s', (source, message) => {
    expect(() => evaluate(source, { a: 1 })).toThrow(message);
  });

  it('absorbs a failure where the other side decides, on either side', () => {
    expect(evaluate('1 / 0 == 1 || true')).toBe(true);
    expect(evaluate('false && 1 / 0 == 1')).toBe(false);
    expect(evaluate('[0, 2].exists(x, 4 / x == 2)')).toBe(true);
    expect(() => evaluate('[0, 3].exists(x, 4 / x == 2)')).toThrow('division by zero');
  });

  it('stops when the budget is spent, even inside && and ||', () => {
    const source =
      'lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, a + b + c >= 0))) || true';
    expect(() => evaluate(source)).toThrow(CostExceeded);
  });
});

describe('mistakes are reported as the API server reports them', () => {
  it.each([
    [
      'text >',
      "ERROR: <input>:1:7: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | text >\n | ......^",
    ],
    [
      'text == 1',
      "ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(string, int)'\n | text == 1\n | .....^",
    ],
    [
      'unknown == text',
      "ERROR: <input>:1:1: undeclared reference to 'unknown' (in container '')\n | unknown == text\n | ^",
    ],
    ['text.foo()', "ERROR: <input>:1:9: undeclared reference to 'foo' (in container '')\n | text.foo()\n | ........^"],
    [
      'text.startsWith(1)',
      "ERROR: <input>:1:16: found no matching overload for 'startsWith' applied to 'string.(int)'\n | text.startsWith(1)\n | ...............^",
    ],
    [
      'text == maybe',
      "ERROR: <input>:1:6: found no matching overload for '_==_' applied to '(string, optional_type(string))'\n | text == maybe\n | .....^",
    ],
    ['text && true', "ERROR: <input>:1:1: expected type 'bool' but found 'string'\n | text && true\n | ^"],
    [
      'texts.all(t, t > 1)',
      "ERROR: <input>:1:16: found no matching overload for '_>_' applied to '(string, int)'\n | texts.all(t, t > 1)\n | ...............^",
    ],
    [
      'number.all(t, true)',
      "ERROR: <input>:1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)\n | number.all(t, true)\n | ^",
    ],
    ['[1, "a"] == []', "ERROR: <input>:1:5: expected type 'int' but found 'string'\n | [1, \"a\"] == []\n | ....^"],
    ['number.x == 1', "ERROR: <input>:1:7: type 'int' does not support field selection\n | number.x == 1\n | ......^"],
    [
      'a | b',
      "ERROR: <input>:1:3: Syntax error: token recognition error at: '| '\n | a | b\n | ..^\nERROR: <input>:1:5: Syntax error: extraneous input 'b' expecting <EOF>\n | a | b\n | ....^",
    ],
    [
      'self.true == 1',
      "ERROR: <input>:1:6: Syntax error: mismatched input 'true' expecting IDENTIFIER\n | self.true == 1\n | .....^",
    ],
    ['text.matches("[")', 'ERROR: <input>:1:14: invalid matches argument\n | text.matches("[")\n | .............^'],
    ['has(text)', 'ERROR: <input>:1:5: invalid argument to has() macro\n | has(text)\n | ....^'],
    ['namespace == 1', 'ERROR: <input>:1:1: reserved identifier: namespace\n | namespace == 1\n | ^'],
    ['"%d %s".format([number, [1, text]]) == ""', ''],
    [
      '"%q".format([text]) == ""',
      'ERROR: <input>:1:12: could not parse formatting clause: unrecognized formatting clause "q"\n | "%q".format([text]) == ""\n | ...........^',
    ],
    [
      '"%d".format([text]) == ""',
      'ERROR: <input>:1:14: error during formatting: decimal clause can only be used on integers, was given string\n | "%d".format([text]) == ""\n | .............^',
    ],
    [
      '"%s %s".format([text]) == ""',
      'ERROR: <input>:1:15: index 1 out of range\n | "%s %s".format([text]) == ""\n | ..............^',
    ],
    [
      '"%s".format([1, 2]) == ""',
      'ERROR: <input>:1:12: too many arguments supplied to string.format (expected 1, got 2)\n | "%s".format([1, 2]) == ""\n | ...........^',
    ],
  ])('%s', (source, expected) => {
    expect(issuesOf(source)).toBe(expected);
  });

  it('refuses nesting without end instead of overflowing the stack', () => {
    expect(issuesOf('('.repeat(5000))).toContain('recursion limit exceeded');
    expect(issuesOf(`self${'.a'.repeat(5000)}`)).toContain('recursion limit exceeded');
    expect(issuesOf(Array.from({ length: 4000 }, () => 'true').join(' && '))).toBe('');
  });
});

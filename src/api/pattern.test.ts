import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { findsPattern, matchesPattern, patternProblem } from './pattern.ts';

describe('a pattern', () => {
  it.each([
    ['BackOff', 'BackOff', true, true],
    ['BackOff', 'BackOffs', false, true],
    ['Back(Off)?', 'Back', true, true],
    ['(?i)backoff', 'BackOff', true, true],
    ['a.c', 'xabcx', false, true],
    ['a.c', 'a.b', false, false],
    ['', 'anything', false, true],
  ])('%j and the text %j: all of it %s, some part of it %s', (pattern, text, whole, part) => {
    expect(patternProblem(pattern)).toBeUndefined();
    expect([matchesPattern(pattern, text), findsPattern(pattern, text)]).toEqual([whole, part]);
  });

  it('that cannot be compiled says why, and nothing matches it', () => {
    expect(patternProblem('Back(')).toBe('is not an RE2 pattern: missing closing ): `Back(`');
    expect([matchesPattern('Back(', 'Back('), findsPattern('Back(', 'Back(')]).toEqual([false, false]);
  });

  it('without special characters means what RE2 says it means', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'B', '_', '-', ' ', '9', '.', '(', '\n') });
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', 'B', '_', '-', ' ', '9') }), text, (source, tail) => {
        const pattern = RE2JS.compile(source);
        for (const whole of [source, `${tail}${source}`, `${source}${tail}`, tail]) {
          expect(matchesPattern(source, whole)).toBe(pattern.matcher(whole).matches());
          expect(findsPattern(source, whole)).toBe(pattern.matcher(whole).find());
        }
      }),
    );
  });
});

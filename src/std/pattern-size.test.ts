import * as fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, it } from 'vitest';
import { MAX_PATTERN_SIZE, patternSize, tooLarge } from './pattern-size.ts';

describe('the size of a pattern', () => {
  it.each<[string, string, 'small' | 'too large']>([
    ['of a name', '[a-z0-9-]{1,63}', 'small'],
    ['of alternatives', '(?i)out of memory|oom(killed)?', 'small'],
    ['of brackets inside a class', '[](){}{1000}]+x', 'small'],
    ['of an escaped bracket', '\\(\\{1000\\}', 'small'],
    ['of a repetition in a repetition', '((a{10}){10}){10}', 'too large'],
    ['of something optional, a thousand times', '((.?){1000})x0', 'too large'],
    ['of a thousand and more', '.{999,}', 'too large'],
    ['of a long text', 'a'.repeat(MAX_PATTERN_SIZE + 1), 'too large'],
  ])('%s is %s enough or too large', (_of, source, verdict) => {
    expect(tooLarge(source) === undefined ? 'small' : 'too large').toBe(verdict);
  });

  it('is never half of what the program has', () => {
    const atom = fc.constantFrom('a', '.', '[ab]', '\\d');
    const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
      pattern: fc.oneof(
        { maxDepth: 4 },
        atom,
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => a + b),
        fc.tuple(tie('pattern'), tie('pattern')).map(([a, b]) => `(?:${a}|${b})`),
        fc.tuple(tie('pattern'), fc.constantFrom('*', '+', '?', '{2,5}', '{3}', '{2,}')).map(([a, r]) => `(${a})${r}`),
      ),
    }));
    fc.assert(
      fc.property(pattern, (source) => {
        let size: number;
        try {
          size = RE2JS.compile(source).programSize();
        } catch {
          // RE2 has limits of its own.
          return;
        }
        expect(2 * patternSize(source) + 4).toBeGreaterThanOrEqual(size);
      }),
    );
  });
});

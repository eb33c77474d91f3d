import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anonymous } from './anonymity.ts';

describe('names', () => {
  it('become tokens in the order in which they come, the longest first, and come back', () => {
    const { texts, restored } = anonymous(
      ['pod web-7d9f of web in shop', 'WEB_SERVICE_HOST=web.shop.svc'],
      ['web', 'shop', 'web-7d9f'],
    );
    expect(texts).toEqual(['pod object-1 of object-2 in object-3', 'object-4_SERVICE_HOST=object-2.object-3.svc']);
    expect(restored('object-1 follows from object-2, not from object-9')).toBe(
      'web-7d9f follows from web, not from object-9',
    );
  });

  it('that stand in capitals become tokens of their own', () => {
    const { texts, restored } = anonymous(['Web and WEB'], ['web']);
    expect(texts).toEqual(['object-1 and object-2']);
    expect(restored(texts[0] ?? '')).toBe('Web and WEB');
  });

  it('are never those that a text says as a token', () => {
    const { texts, restored } = anonymous(['object-1 is web'], ['web']);
    expect(texts).toEqual(['object-1 is objectx-1']);
    expect(restored('object-1')).toBe('object-1');
  });

  it('are hidden and come back whatever they and the texts are', () => {
    const name = fc.string({ unit: fc.constantFrom(...Array.from('ab-.1')), minLength: 1, maxLength: 6 });
    const text = fc.string({
      unit: fc.constantFrom(...Array.from('ab-.1 AB/:'), 'object-1', 'objectx-'),
      maxLength: 30,
    });
    fc.assert(
      fc.property(fc.array(text, { maxLength: 4 }), fc.array(name, { maxLength: 4 }), (texts, names) => {
        const { texts: hidden, restored } = anonymous(texts, names);
        expect(hidden.map(restored)).toEqual(texts);
      }),
      { seed: 13, numRuns: 1_000 },
    );
  });
});

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, equalJson, fingerprint, pointerOf, segmentsOf, valueAt, mergedJson } from './json.ts';

describe('canonical JSON', () => {
  it('is the same for equal values, whatever the order of their keys', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined })).toBe(
      canonicalJson({ b: [1, { c: 'x', d: null }] }),
    );
  });
  it('reads back as the value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});

describe('equal JSON', () => {
  it('is what canonical JSON says of both', () => {
    const value = fc.jsonValue({ maxDepth: 3 });
    fc.assert(
      fc.property(value, value, (a, b) => {
        expect(equalJson(a, b)).toBe(canonicalJson(a) === canonicalJson(b));
        expect(equalJson(a, structuredClone(a))).toBe(true);
      }),
    );
  });
  it('takes an undefined member for none', () => {
    expect([equalJson({ a: 1, b: undefined }, { a: 1 }), equalJson({ a: 1 }, { a: 1, b: undefined })]).toEqual([
      true,
      true,
    ]);
    expect([equalJson({ a: 1 }, { b: 1 }), equalJson({}, { a: null }), equalJson([1], { 0: 1 })]).toEqual([
      false,
      false,
      false,
    ]);
  });
});

describe('a fingerprint', () => {
  it('is the value while that is short, and its hash when it is long', () => {
    expect([fingerprint(3), fingerprint(undefined)]).toEqual(['3', 'null']);
    expect(fingerprint('x'.repeat(300))).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(fingerprint('x'.repeat(300))).not.toBe(fingerprint('y'.repeat(300)));
  });
});

describe('pointers', () => {
  it('carry any key', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (keys) => {
        expect(segmentsOf(pointerOf(keys))).toEqual(keys);
      }),
    );
  });
  it('lead to values, into lists too, and to nothing where there is nothing', () => {
    const object = { a: [{ 'x/y': 1 }] };
    expect(valueAt(object, segmentsOf('/a/0/x~1y'))).toBe(1);
    expect(valueAt(object, ['a', '7', 'b'])).toBeUndefined();
  });
});

describe('maps that become one', () => {
  it.each([
    ['key by key', { a: { b: 1, c: 2 } }, { a: { c: 3 } }, { a: { b: 1, c: 3 } }],
    ['a list is one value', { a: [1, 2] }, { a: [3] }, { a: [3] }],
    ['null replaces a map', { a: { b: 1 } }, { a: null }, { a: null }],
    ['a map replaces a value', { a: 1 }, { a: { b: 2 } }, { a: { b: 2 } }],
    ['what objects inherit is no key', {}, { constructor: { a: 1 } }, { constructor: { a: 1 } }],
  ])('%s', (_title, earlier, later, merged) => {
    expect(mergedJson(earlier, later)).toEqual(merged);
  });
});

import { describe, expect, it } from 'vitest';
import { given } from './given.ts';

interface Named {
  readonly name: string;
  readonly namespace?: string;
  readonly replicas?: number;
}
const named = (namespace: string | undefined, replicas: number | undefined): Named => ({
  name: 'web',
  ...given({ namespace, replicas }),
});

describe('members that are given', () => {
  it('stay, and the others are absent, not undefined', () => {
    expect(Object.keys(named('shop', undefined))).toEqual(['name', 'namespace']);
    expect(Object.keys(named(undefined, undefined))).toEqual(['name']);
  });

  it.each([0, '', false, null, Number.NaN])('%s is a value too', (value) => {
    expect(given({ value })).toEqual({ value });
  });

  it('keep their order, which is part of the JSON', () => {
    expect(JSON.stringify(given({ b: 1, gone: undefined, a: 2 }))).toBe('{"b":1,"a":2}');
  });

  it('replace what was there before only when they are given', () => {
    const base = { name: 'web', namespace: 'shop' };
    const none: string | undefined = undefined;
    expect({ ...base, ...given({ namespace: none }) }).toEqual(base);
  });

  it('keep their types: one that cannot be missing does not become optional', () => {
    const { uid, version }: { uid: string; version?: number } = given({
      uid: 'u',
      version: undefined as number | undefined,
    });
    expect([uid, version]).toEqual(['u', undefined]);
  });
});

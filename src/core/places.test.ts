import { array, assert, boolean, integer, property, record } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Placed, Places } from './places.ts';

const policy = (name: string, minute: number, namespace = 'shop'): Placed => ({
  key: `${namespace}/${name}`,
  namespace,
  createdAt: minute * 60_000,
});

describe('the places of a namespace', () => {
  it('go to the oldest; of one age the name decides', () => {
    const places = new Places(2);
    expect(places.add(policy('b', 5))).toBeUndefined();
    expect(places.add(policy('a', 5))).toBeUndefined();
    expect(places.add(policy('c', 5))).toBe('shop/c');
    expect(places.has(policy('c', 5))).toBe(false);
  });

  it('are not those of another namespace', () => {
    const places = new Places(1);
    places.add(policy('a', 1));
    expect(places.add(policy('a', 2, 'team-b'))).toBeUndefined();
  });

  it('are given on when one goes', () => {
    const places = new Places(1);
    places.add(policy('a', 1));
    places.add(policy('b', 2));
    expect(places.delete(policy('b', 2))).toBeUndefined();
    places.add(policy('b', 2));
    expect(places.delete(policy('a', 1))).toBe('shop/b');
    expect(places.has(policy('b', 2))).toBe(true);
  });

  it('lose their holder to an older one that a list shows late, and both are told', () => {
    const places = new Places(1);
    places.add(policy('young', 9));
    expect(places.add(policy('old', 1))).toBe('shop/young');
  });

  it('are what sorting says, and each change names the one object whose place has changed', () => {
    const step = record({ minute: integer({ min: 0, max: 9 }), goes: boolean() });
    assert(
      property(array(step, { maxLength: 40 }), integer({ min: 1, max: 5 }), (steps, max) => {
        const places = new Places(max);
        const there = new Map<number, Placed>();
        const held = () =>
          new Set(
            [...there.values()]
              .sort((a, b) => (a.createdAt < b.createdAt ? -1 : 1))
              .slice(0, max)
              .map((p) => p.key),
          );
        for (const { minute, goes } of steps) {
          const one = policy(`p${minute}`, minute);
          const before = held();
          const told = goes ? places.delete(one) : places.add(one);
          if (goes) there.delete(minute);
          else there.set(minute, one);
          const now = held();
          for (const other of there.values()) {
            expect(places.has(other)).toBe(now.has(other.key));
            // A policy that takes its place as it comes, or leaves it as it goes, needs no word.
            const others = other.key !== one.key && before.has(other.key) !== now.has(other.key);
            if (others) expect(told).toBe(other.key);
          }
        }
      }),
    );
  });
});

import { describe, expect, it } from 'vitest';
import { past, SECOND, T0 } from '../../test/kit/core-data.ts';
import type { PastAction } from '../core/history.ts';
import { Cache } from '../kube/cache.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { ActionPlaces } from './action-places.ts';

/** One place for each namespace, and actions named by when they were made. */
function world() {
  const cache = new Cache();
  const known = new Map<string, PastAction>();
  const places = new ActionPlaces(cache, { past: (key) => known.get(key) }, 1);
  const moved: string[] = [];
  places.onMoved((key) => moved.push(key));
  const object = (name: string): KubeObject => ({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingAction',
    metadata: { namespace: 'shop', name, uid: name, resourceVersion: String(known.size + moved.length) },
  });
  const see = (name: string, at: number, phase: PastAction['phase'] = 'Pending'): void => {
    known.set(`shop/${name}`, past({ namespace: 'shop', name, phase, createdAt: T0 + at * SECOND }));
    cache.event('MODIFIED', object(name));
  };
  const forget = (name: string): void => {
    known.delete(`shop/${name}`);
    cache.event('DELETED', object(name));
  };
  return { places, moved, see, forget };
}

describe('the places of unfinished actions', () => {
  it('go to the oldest, and the others know how many are before them', () => {
    const { places, see } = world();
    for (const [at, name] of ['a', 'b', 'c'].entries()) see(name, at);
    expect(['a', 'b', 'c', 'unknown'].map((name) => places.without(`shop/${name}`))).toEqual([
      undefined,
      { places: 1, before: 1 },
      { places: 1, before: 2 },
      undefined,
    ]);
  });

  it.each([
    ['ends', (of: ReturnType<typeof world>) => of.see('a', 0, 'Failed')],
    ['goes', (of: ReturnType<typeof world>) => of.forget('a')],
    ['cannot be read any more', (of: ReturnType<typeof world>) => of.forget('a')],
  ])('are given on when an action %s', (_how, end) => {
    const of = world();
    of.see('a', 0);
    of.see('b', 1);
    of.moved.splice(0);
    end(of);
    expect(of.moved).toEqual(['shop/b']);
    expect(of.places.without('shop/b')).toBeUndefined();
  });

  it('stay with what changes otherwise', () => {
    const { moved, see } = world();
    see('a', 0);
    see('b', 1);
    moved.splice(0);
    see('a', 0, 'InProgress');
    expect(moved).toEqual([]);
  });

  it('are not those of an action of the same name that came later', () => {
    const { places, see } = world();
    see('a', 0);
    see('b', 1);
    see('a', 2);
    expect(places.without('shop/b')).toBeUndefined();
    expect(places.without('shop/a')).toEqual({ places: 1, before: 1 });
  });
});

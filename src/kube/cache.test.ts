import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../shapes/kube.ts';
import { Cache } from './cache.ts';
import { OwnWrites } from './own-writes.ts';
import { trimmer } from './project.ts';
import { EVERYTHING, parsePath, projection } from './projection.ts';
import { compareResourceVersions, resourcePath } from './resource.ts';
import { StringPool } from './string-pool.ts';
import { DEPLOYMENTS, NODES, PODS } from './well-known.ts';

const pod = (name: string, version: number, more: Partial<KubeObject['metadata']> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: String(version), ...more },
});

function filled(...objects: readonly KubeObject[]): Cache {
  const cache = new Cache();
  cache.begin();
  cache.page(objects);
  cache.complete('100');
  return cache;
}

describe('a cache', () => {
  it('finds objects by namespace, owner, UID, label and an index of its own, through changes', () => {
    const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'rs', uid: 'rs-1' };
    const cache = filled(
      pod('a', 1, { labels: { app: 'x' }, ownerReferences: [owner] }),
      pod('b', 2, { labels: { app: 'x' } }),
      pod('c', 3, { namespace: 'm' }),
    );
    cache.addIndex('first-letter', (object) => [object.metadata.name.slice(0, 1)]);
    const names = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name).sort();
    expect([
      names(cache.list('n')),
      names(cache.ownedBy('rs-1')),
      names(cache.withLabel('app', 'x')),
      names(cache.byIndex('first-letter', 'c')),
    ]).toEqual([['a', 'b'], ['a'], ['a', 'b'], ['c']]);
    cache.event('MODIFIED', pod('a', 101, { labels: { app: 'y' } }));
    cache.event('DELETED', pod('c', 102, { namespace: 'm' }));
    expect([
      names(cache.ownedBy('rs-1')),
      names(cache.withLabel('app', 'x')),
      names(cache.withLabel('app', 'y')),
      names(cache.list('m')),
      names(cache.byIndex('first-letter', 'c')),
    ]).toEqual([[], ['b'], ['a'], [], []]);
    expect(cache.byUid('uid-a')?.metadata.resourceVersion).toBe('101');
  });

  it('drops what is older than what it holds, from events and from lists', () => {
    const cache = filled(pod('a', 50));
    cache.event('MODIFIED', pod('a', 120));
    cache.event('MODIFIED', pod('a', 110));
    cache.event('DELETED', pod('a', 115));
    cache.begin();
    cache.page([pod('a', 60)]);
    cache.complete('119');
    expect(cache.get('n/a')?.metadata.resourceVersion).toBe('120');
    cache.begin();
    cache.complete('119');
    expect([cache.size, cache.resourceVersion]).toEqual([1, '120']);
    cache.begin();
    cache.complete('121');
    expect(cache.size).toBe(0);
  });

  it('tells a late subscriber of all that is there, and nobody of repetitions', () => {
    const cache = filled(pod('a', 1), pod('b', 2));
    const heard: string[] = [];
    const end = cache.subscribe(({ key, old, new: now }) =>
      heard.push(`${key} ${old?.metadata.resourceVersion} ${now?.metadata.resourceVersion}`),
    );
    cache.event('MODIFIED', pod('a', 101));
    cache.event('MODIFIED', pod('a', 101));
    end();
    cache.event('MODIFIED', pod('a', 102));
    expect(heard).toEqual(['n/a undefined 1', 'n/b undefined 2', 'n/a 1 101']);
  });

  it('shows an own write as visible only once it has seen it', () => {
    const cache = filled(pod('a', 1));
    const writes = new OwnWrites(cache);
    writes.wrote(pod('a', 105));
    writes.removed({ namespace: 'n', name: 'b' }, 'uid-b');
    expect([writes.visible('n/a'), writes.visible('n/b'), writes.visible('n/z'), writes.pending]).toEqual([
      false,
      true,
      true,
      1,
    ]);
    cache.event('MODIFIED', pod('other', 104));
    expect(writes.visible('n/a')).toBe(false);
    cache.event('MODIFIED', pod('a', 105));
    expect([writes.visible('n/a'), writes.pending]).toEqual([true, 0]);
  });
});

describe('a projection', () => {
  it('keeps the named fields, passes through lists, picks keys of maps, and always keeps identity', () => {
    const kept = projection('p', ['spec.containers.image', 'status.conditions', 'metadata.annotations[a.io/b]']);
    const trim = trimmer(PODS, kept, new StringPool());
    const trimmed = trim({
      metadata: { ...pod('a', 1).metadata, annotations: { 'a.io/b': '1', other: '2' }, managedFields: [{}] },
      spec: { nodeName: 'x', containers: [{ name: 'c', image: 'i' }] },
      status: { phase: 'Running', conditions: [{ type: 'Ready' }] },
    });
    expect(trimmed).toEqual({
      ...pod('a', 1),
      metadata: { ...pod('a', 1).metadata, annotations: { 'a.io/b': '1' } },
      spec: { containers: [{ image: 'i' }] },
      status: { conditions: [{ type: 'Ready' }] },
    });
    expect(
      trimmer(PODS, EVERYTHING, new StringPool())({ metadata: { name: 'a', managedFields: [{}] }, spec: { x: 1 } }),
    ).toEqual({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a' },
      spec: { x: 1 },
    });
    expect(parsePath('a.b[c.d/e].f')).toEqual(['a', 'b', 'c.d/e', 'f']);
  });

  it('shares equal label maps and owner lists, and changes nothing of its input', () => {
    const trim = trimmer(PODS, projection('p', []), new StringPool());
    const make = () =>
      Object.freeze({
        metadata: Object.freeze({
          name: 'a',
          labels: Object.freeze({ app: 'x' }),
          ownerReferences: Object.freeze([{ apiVersion: 'v1', kind: 'K', name: 'o', uid: 'u' }]),
        }),
      });
    const [one, two] = [trim(make()), trim(make())];
    expect(one.metadata.labels).toBe(two.metadata.labels);
    expect(one.metadata.ownerReferences).toBe(two.metadata.ownerReferences);
  });
});

describe('paths and versions', () => {
  it('address objects of every scope', () => {
    expect(resourcePath(DEPLOYMENTS, { namespace: 'n', name: 'a', subresource: 'scale' })).toBe(
      '/apis/apps/v1/namespaces/n/deployments/a/scale',
    );
    expect([resourcePath(PODS), resourcePath(NODES, { name: 'x y' })]).toEqual(['/api/v1/pods', '/api/v1/nodes/x%20y']);
  });

  it.each([
    ['9', '10', -1],
    ['10', '10', 0],
    ['90071992547409931', '90071992547409930', 1],
    ['a', '10', undefined],
    ['', '10', undefined],
    [undefined, '10', undefined],
  ] as const)('compares %s with %s as %s', (a, b, order) => expect(compareResourceVersions(a, b)).toBe(order));
});

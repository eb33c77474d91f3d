import { describe, expect, test } from 'vitest';
import { findKind, type Struct } from '../../shapes/kinds.ts';
import type { Draft } from '../machinery/json.ts';
import { applyJsonPatch } from './json-patch.ts';
import { applyMergePatch } from './merge-patch.ts';
import { applyStrategicMerge } from './strategic-merge.ts';

const deployment = findKind('apps', 'v1', 'Deployment') as Struct;
const configMap = findKind('', 'v1', 'ConfigMap') as Struct;
const copy = (value: Draft): Draft => structuredClone(value);

test('a JSON patch may replace the document as a whole', () => {
  const { result } = applyJsonPatch({ a: 1 }, [
    { op: 'replace', path: '', value: { b: 1 } },
    { op: 'add', path: '/c', value: 2 },
  ]);
  expect(result).toEqual({ b: 1, c: 2 });
  expect(() => applyJsonPatch({ a: 1 }, [{ op: 'replace', path: '', value: 'x' }])).toThrow('the server rejected');
});

describe('JSON patch', () => {
  const patched = (document: Draft, ...operations: readonly Draft[]) =>
    applyJsonPatch(copy(document), operations).result;

  test.each<[string, Draft, Draft, Draft]>([
    [
      'replace sets a member that was not there',
      { data: {} },
      { op: 'replace', path: '/data/a', value: '1' },
      { data: { a: '1' } },
    ],
    [
      'copy of a missing member gives null',
      { data: {} },
      { op: 'copy', from: '/data/x', path: '/data/a' },
      { data: { a: null } },
    ],
    ['move renames', { data: { a: 1 } }, { op: 'move', from: '/data/a', path: '/data/b' }, { data: { b: 1 } }],
    ['a dash appends', { list: [1] }, { op: 'add', path: '/list/-', value: 2 }, { list: [1, 2] }],
    ['an index inserts', { list: [1, 3] }, { op: 'add', path: '/list/1', value: 2 }, { list: [1, 2, 3] }],
    ['escaped slashes and tildes are read', { a: { 'x/y~z': 1 } }, { op: 'remove', path: '/a/x~1y~0z' }, { a: {} }],
    ['the first part of a path is dropped unseen', {}, { op: 'add', path: 'data/k', value: 1 }, { k: 1 }],
  ])('%s', (_, document, operation, result) => {
    expect(patched(document, operation)).toEqual(result);
  });

  test.each<[string, Draft, Draft]>([
    ['removing what is not there', { a: 1 }, { op: 'remove', path: '/b' }],
    ['adding below what is not there', {}, { op: 'add', path: '/a/b', value: 1 }],
    ['a failing test', { a: 1 }, { op: 'test', path: '/a', value: 2 }],
    ['an index past the end', { list: [] }, { op: 'add', path: '/list/1', value: 1 }],
    ['an unknown operation', {}, { op: 'frob', path: '/a' }],
    ['no path', {}, { op: 'add', value: 1 }],
  ])('%s is refused', (_, document, operation) => {
    expect(() => patched(document, operation)).toThrow('the server rejected our request');
  });

  test('members that mean nothing are named', () => {
    expect(applyJsonPatch({}, [{ op: 'add', path: '/a', value: 1, colour: 'x' }]).unknown).toEqual(['[0].colour']);
  });
});

describe('merge patch', () => {
  test.each<[string, Draft, Draft, Draft]>([
    ['null removes', { a: 1, b: 2 }, { a: null }, { b: 2 }],
    [
      'objects merge, lists are replaced',
      { a: { x: 1 }, l: [1, 2] },
      { a: { y: 2 }, l: [3] },
      { a: { x: 1, y: 2 }, l: [3] },
    ],
    [
      'null fields of what is new are left out',
      {},
      { a: { x: null, y: [null, { z: null }] } },
      { a: { y: [null, {}] } },
    ],
  ])('%s', (_, document, patch, result) => {
    expect(applyMergePatch(copy(document), patch)).toEqual(result);
  });

  test('a patch that is no object is refused', () => {
    expect(() => applyMergePatch({}, [])).toThrow(
      'json: cannot unmarshal array into Go value of type map[string]interface {}',
    );
    expect(() => applyMergePatch({}, null)).toThrow('Invalid JSON Patch');
  });
});

describe('strategic merge patch', () => {
  const withContainers = (...containers: readonly Draft[]): Draft => ({ spec: { template: { spec: { containers } } } });
  const containersOf = (patched: Draft): unknown =>
    (patched as { spec: { template: { spec: { containers: unknown } } } }).spec.template.spec.containers;
  const merge = (document: Draft, patch: Draft): unknown =>
    containersOf(applyStrategicMerge(deployment, copy(document), copy(patch)));
  const a = { name: 'a', image: 'one' };
  const b = { name: 'b', image: 'two' };

  test('elements merge by their key and keep their places', () => {
    expect(merge(withContainers(a, b), withContainers({ name: 'b', image: 'new' }))).toEqual([
      a,
      { name: 'b', image: 'new' },
    ]);
  });

  test('a new element goes first', () => {
    expect(merge(withContainers(a, b), withContainers({ name: 'c', image: 'three' }))).toEqual([
      { name: 'c', image: 'three' },
      a,
      b,
    ]);
  });

  test('a directive deletes an element, another replaces the list', () => {
    expect(merge(withContainers(a, b), withContainers({ name: 'a', $patch: 'delete' }))).toEqual([b]);
    expect(merge(withContainers(a, b), withContainers({ $patch: 'replace' }, { name: 'c' }))).toEqual([{ name: 'c' }]);
  });

  test('an order that covers the patch is kept', () => {
    const patch: Draft = {
      spec: {
        template: {
          spec: {
            '$setElementOrder/containers': [{ name: 'b' }, { name: 'c' }, { name: 'a' }],
            containers: [{ name: 'c', image: 'three' }],
          },
        },
      },
    };
    expect(merge(withContainers(a, b), patch)).toEqual([b, { name: 'c', image: 'three' }, a]);
  });

  test('an element without its key is refused by name', () => {
    expect(() => merge(withContainers(a), withContainers({ image: 'x' }))).toThrow(
      'map: map[image:x] does not contain declared merge key: name',
    );
  });

  test('an order that leaves an element of the patch out is refused', () => {
    const patch: Draft = {
      spec: { template: { spec: { '$setElementOrder/containers': [{ name: 'a' }], containers: [{ name: 'b' }] } } },
    };
    expect(() => merge(withContainers(a), patch)).toThrow("doesn't match $setElementOrder list");
  });

  test('lists of scalars with a merge strategy are joined, and thinned out by directive', () => {
    const document: Draft = { metadata: { finalizers: ['a', 'b'] } };
    expect(applyStrategicMerge(configMap, copy(document), { metadata: { finalizers: ['c', 'a'] } })).toEqual({
      metadata: { finalizers: ['c', 'a', 'b'] },
    });
    expect(
      applyStrategicMerge(configMap, copy(document), { metadata: { '$deleteFromPrimitiveList/finalizers': ['a'] } }),
    ).toEqual({
      metadata: { finalizers: ['b'] },
    });
  });

  test('only the named members are retained', () => {
    const document: Draft = { spec: { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } } };
    const patch: Draft = { spec: { strategy: { $retainKeys: ['type'], type: 'Recreate' } } };
    expect(applyStrategicMerge(deployment, document, patch)).toEqual({ spec: { strategy: { type: 'Recreate' } } });
  });
});

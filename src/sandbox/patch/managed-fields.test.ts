import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findKind, type Struct } from '../../shapes/kinds.ts';
import type { Draft } from '../machinery/json.ts';
import { EMPTY_SET, fieldSetFromJson, fieldSetOf } from './field-set.ts';
import { type Applied, applyConfiguration, type FieldWrite, trackedFields } from './managed-fields.ts';
import { atomOfSchema, atomOfStruct } from '../schema/typed-schema.ts';
import { compare, mergeTyped } from './typed-merge.ts';
import { fieldsOf, typeProblems } from './typed-value.ts';

const atom = atomOfStruct(findKind('apps', 'v1', 'Deployment') as Struct);
const write = (manager: string, more: Partial<FieldWrite> = {}): FieldWrite => ({
  atom,
  apiVersion: 'apps/v1',
  manager,
  subresource: '',
  now: Date.UTC(2026, 0, 1),
  reset: EMPTY_SET,
  ...more,
});
const BLANK: Draft = { apiVersion: 'apps/v1', kind: 'Deployment' };
const named = (spec: Draft): Draft => ({ ...BLANK, metadata: { name: 'd' }, spec });

function apply(live: Draft, manager: string, spec: Draft, force: 'never' | 'take-over' = 'never'): Applied {
  return applyConfiguration({ live, blank: BLANK, config: named(spec), force }, write(manager));
}

function applied(live: Draft, manager: string, spec: Draft, force: 'never' | 'take-over' = 'never'): Draft {
  const result = apply(live, manager, spec, force);
  if (result.outcome !== 'applied') throw new Error(result.message);
  const object = result.object as Draft;
  return { ...object, metadata: { ...(object['metadata'] as Draft), managedFields: result.managedFields } };
}

const ownersOf = (object: Draft): readonly string[] =>
  ((object['metadata'] as Draft)['managedFields'] as readonly Draft[]).map(
    ({ manager, fieldsV1 }) => `${String(manager)} ${JSON.stringify(fieldsV1)}`,
  );

describe('server-side apply', () => {
  test('what is applied is owned; what is left out next time goes', () => {
    const first = applied(BLANK, 'one', { replicas: 2, paused: true });
    expect(ownersOf(first)).toEqual(['one {"f:spec":{"f:paused":{},"f:replicas":{}}}']);
    expect(applied(first, 'one', { replicas: 2 })['spec']).toEqual({ replicas: 2 });
  });

  test('another value of an owned field conflicts, the same value is shared, force takes it over', () => {
    const first = applied(BLANK, 'one', { replicas: 2 });
    const refused = apply(first, 'two', { replicas: 3 });
    expect(refused).toMatchObject({
      outcome: 'conflict',
      message: 'Apply failed with 1 conflict: conflict with "one": .spec.replicas',
    });
    expect([...ownersOf(applied(first, 'two', { replicas: 2 }))].sort()).toEqual([
      'one {"f:spec":{"f:replicas":{}}}',
      'two {"f:spec":{"f:replicas":{}}}',
    ]);
    expect(ownersOf(applied(first, 'two', { replicas: 3 }, 'take-over'))).toEqual(['two {"f:spec":{"f:replicas":{}}}']);
  });

  test('a field that another manager shares stays when one lets go of it', () => {
    const shared = applied(applied(BLANK, 'one', { replicas: 2 }), 'two', { replicas: 2, paused: true });
    const left = applied(shared, 'one', {});
    expect(left['spec']).toEqual({ replicas: 2, paused: true });
    expect([...ownersOf(left)].sort()).toEqual(['one {"f:spec":{}}', 'two {"f:spec":{"f:paused":{},"f:replicas":{}}}']);
  });

  test('elements of keyed lists have owners each; a key with a default is filled in', () => {
    const containers = (...items: readonly Draft[]): Draft => ({ template: { spec: { containers: items } } });
    const first = applied(BLANK, 'one', containers({ name: 'a', ports: [{ containerPort: 80 }] }));
    expect(ownersOf(first)[0]).toContain('k:{\\"containerPort\\":80,\\"protocol\\":\\"TCP\\"}');
    const second = applied(first, 'two', containers({ name: 'b', image: 'i' }));
    expect(second['spec']).toMatchObject({ template: { spec: { containers: [{ name: 'a' }, { name: 'b' }] } } });
    expect(applied(second, 'one', { replicas: 1 })['spec']).toEqual({
      replicas: 1,
      template: { spec: { containers: [{ name: 'b', image: 'i' }] } },
    });
  });

  test('applying the same again changes nothing, times included', () => {
    const first = applied(BLANK, 'one', { replicas: 2 });
    const again = applyConfiguration(
      { live: first, blank: BLANK, config: named({ replicas: 2 }), force: 'never' },
      write('one', { now: Date.UTC(2027, 0, 1) }),
    );
    expect(again).toMatchObject({ managedFields: (first['metadata'] as Draft)['managedFields'] });
  });

  test('what was there before the first apply belongs to nobody in particular, and conflicts', () => {
    const live = named({ replicas: 5 });
    const refused = apply(live, 'one', { replicas: 2 });
    expect(refused).toMatchObject({
      message: 'Apply failed with 1 conflict: conflict with "before-first-apply" using apps/v1: .spec.replicas',
    });
  });
});

describe('ordinary writes', () => {
  const live: Draft = { ...named({ replicas: 1 }), metadata: { name: 'd', uid: 'u' } };

  test('a change takes ownership, also from an applier', () => {
    const first = applied(BLANK, 'one', { replicas: 1, paused: true });
    const before = { ...first, metadata: { ...(first['metadata'] as Draft), uid: 'u' } };
    const entries = trackedFields(before, { ...before, spec: { replicas: 7, paused: true } }, write('me'));
    expect(entries.map(({ manager, fieldsV1 }) => [manager, fieldsV1])).toEqual([
      ['one', { 'f:spec': { 'f:paused': {} } }],
      ['me', { 'f:spec': { 'f:replicas': {} } }],
    ]);
  });

  test('an object that lost its owners stays without', () => {
    expect(trackedFields(live, { ...live, spec: { replicas: 2 } }, write('me'))).toEqual([]);
  });

  test('an eleventh updater merges the oldest into one', () => {
    let object: Draft = BLANK;
    for (let index = 0; index < 13; index++) {
      const next: Draft = {
        ...named({}),
        metadata: {
          name: 'd',
          uid: 'u',
          annotations: { ...((object['metadata'] as Draft | undefined)?.['annotations'] as Draft), [`a${index}`]: 'x' },
        },
      };
      const managed = (object['metadata'] as Draft | undefined)?.['managedFields'];
      const entries = trackedFields(
        object,
        { ...next, metadata: { ...(next['metadata'] as Draft), ...(managed ? { managedFields: managed } : {}) } },
        write(`m${index}`, { now: Date.UTC(2026, 0, index + 1) }),
      );
      object = { ...next, metadata: { ...(next['metadata'] as Draft), managedFields: entries } };
    }
    const managers = ownersOf(object).map((owner) => owner.split(' ')[0]);
    expect(managers).toHaveLength(10);
    expect(managers).toContain('ancient-changes');
  });
});

describe('typed values', () => {
  const schema = atomOfSchema({
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
          plain: { type: 'array', items: { type: 'integer' } },
        },
      },
    },
  });

  test.each<[string, unknown, string]>([
    ['a field that the schema lacks', { spec: { x: 1 } }, '.spec.x: field not declared in schema'],
    ['an element twice in a set', { spec: { tags: ['a', 'a'] } }, '.spec.tags: duplicate entries for key [="a"]'],
    [
      'a number for a string',
      { spec: { tags: [1] } },
      '.spec.tags[=1]: expected string, got &value.valueUnstructured{Value:1}',
    ],
  ])('%s is named by path', (_, value, problem) => {
    expect(typeProblems(schema, value, 'refused')).toEqual([problem]);
  });

  const spec = fc.record(
    { tags: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd')), plain: fc.array(fc.nat(3)) },
    { requiredKeys: ['plain'] },
  );

  test('a merge has every field of the right side, and merging it again changes nothing', () => {
    fc.assert(
      fc.property(spec, spec, (left, right) => {
        const merged = mergeTyped(schema, { spec: left }, { spec: right });
        const missing = fieldsOf(schema, { spec: right }).difference(fieldsOf(schema, merged));
        expect([...missing.paths()]).toEqual([]);
        const { added, modified, removed } = compare(schema, merged, mergeTyped(schema, merged, { spec: right }));
        expect([added, modified, removed].every(({ empty }) => empty)).toBe(true);
      }),
    );
  });

  test('a set of fields survives its serialised form', () => {
    fc.assert(
      fc.property(spec, (value) => {
        const set = fieldsOf(schema, { spec: value });
        expect(fieldSetFromJson(set.toJson())?.toJson()).toEqual(set.toJson());
      }),
    );
  });
});

describe('writes through scale', () => {
  const scaled = (manager: string): FieldWrite =>
    write(manager, { subresource: 'scale', replicas: fieldSetOf([['spec', 'replicas']]) });
  const live = (managedFields: readonly unknown[], replicas: number): Draft => ({
    ...named({ replicas, paused: true }),
    metadata: { name: 'd', uid: 'u', managedFields },
  });
  const owner = (manager: string, fields: Draft, more: Draft = {}): Draft => ({
    manager,
    operation: 'Update',
    apiVersion: 'apps/v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': fields },
    ...more,
  });
  const time = '2026-01-01T00:00:00Z';
  const shown = (entries: readonly Draft[]) =>
    entries.map(({ manager, subresource = '', fieldsV1, ...entry }) =>
      [manager, subresource, entry['time'] ? 'timed' : '', JSON.stringify(fieldsV1)].join(' '),
    );

  test('replicas that nobody owns have no owner afterwards', () => {
    const others = [owner('one', { 'f:paused': {} }, { time })];
    expect(shown(trackedFields(live(others, 1), live(others, 2), scaled('two')))).toEqual([
      'one  timed {"f:spec":{"f:paused":{}}}',
    ]);
  });

  test('an owner who keeps the replicas has them in an entry of their own', () => {
    const one = [owner('one', { 'f:paused': {}, 'f:replicas': {} }, { time })];
    expect(shown(trackedFields(live(one, 1), live(one, 1), scaled('two')))).toEqual([
      'one   {"f:spec":{"f:replicas":{}}}',
      'one  timed {"f:spec":{"f:paused":{}}}',
    ]);
  });

  test('what was there before the first apply is told apart', () => {
    const others = [owner('one', { 'f:paused': {} }, { time })];
    const result = applyConfiguration(
      { live: live(others, 1), blank: BLANK, config: named({ replicas: 2 }), force: 'never' },
      scaled('two'),
    );
    expect(result).toMatchObject({
      outcome: 'conflict',
      message:
        'Apply failed with 1 conflict: conflict with "before-first-apply" with subresource "scale" using autoscaling/v1: .spec.replicas',
    });
  });
});

test('what loses its last field is empty, not gone', () => {
  const config = (labels: Draft): Draft => ({ template: { metadata: { labels } } });
  const first = applied(BLANK, 'one', config({ a: 'b' }));
  const second = applied(first, 'two', { template: { metadata: {} } });
  expect(applied(second, 'one', { template: {} })['spec']).toEqual({ template: { metadata: {} } });
});

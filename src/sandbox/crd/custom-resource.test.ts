import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { fieldErrorText } from '../machinery/field-errors.ts';
import type { Draft } from '../machinery/json.ts';
import type { ResourceType, StrategyContext } from '../machinery/registry.ts';
import { resourceType } from './custom-resource.ts';

function served(spec: Draft, version: Draft = {}): ResourceType {
  const entry = {
    name: 'v1',
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: {
        type: 'object',
        properties: { spec, status: { type: 'object', properties: { n: { type: 'integer' } } } },
      },
    },
    ...version,
  };
  const names = { plural: 'rockets', singular: 'rocket', kind: 'Rocket', listKind: 'RocketList' };
  const definition: KubeObject = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rockets.tests.example.org' },
    spec: { group: 'tests.example.org', scope: 'Namespaced', names, versions: [entry] },
    status: { acceptedNames: names },
  };
  return resourceType({ definition, version: entry });
}

const context = {} as StrategyContext;
const rocket = (spec: unknown): Draft => ({
  apiVersion: 'tests.example.org/v1',
  kind: 'Rocket',
  metadata: { name: 'a' },
  spec,
});
const errors = (type: ResourceType, spec: unknown): string[] =>
  (type.strategy.validate?.(rocket(spec), context) ?? []).map(fieldErrorText);
const updateErrors = (type: ResourceType, spec: unknown, old: unknown): string[] =>
  (type.strategy.validateUpdate?.(rocket(spec), rocket(old) as KubeObject, context) ?? []).map(fieldErrorText);
const object = (properties: Draft, more: Draft = {}): Draft => ({ type: 'object', properties, ...more });

describe('pruning takes away what the schema does not know', () => {
  const cases: [string, Draft, unknown, unknown, string[]][] = [
    [
      'at any depth',
      object({ a: object({ x: { type: 'integer' } }) }),
      { a: { x: 1, y: 2 }, b: 3 },
      { a: { x: 1 } },
      ['spec.a.y', 'spec.b'],
    ],
    [
      'in lists',
      object({ l: { type: 'array', items: object({ x: { type: 'integer' } }) } }),
      { l: [{ x: 1, y: 1 }] },
      { l: [{ x: 1 }] },
      ['spec.l[0].y'],
    ],
    [
      'but keeps values of maps',
      object({ m: { type: 'object', additionalProperties: { type: 'string' } } }),
      { m: { k: 'v' } },
      { m: { k: 'v' } },
      [],
    ],
    [
      'and what is to be kept, except inside known parts of it',
      object({
        f: object({ known: object({ k: { type: 'integer' } }) }, { 'x-kubernetes-preserve-unknown-fields': true }),
      }),
      { f: { z: { y: 1 }, known: { k: 1, gone: 2 } } },
      { f: { z: { y: 1 }, known: { k: 1 } } },
      ['spec.f.known.gone'],
    ],
    [
      'and lists of anything',
      object({ any: { 'x-kubernetes-preserve-unknown-fields': true } }),
      { any: [{ deep: { x: 1 } }] },
      { any: [{ deep: { x: 1 } }] },
      [],
    ],
  ];
  it.each(cases)('%s', (_, schema, spec, kept, unknown) => {
    const draft = structuredClone(rocket(spec));
    expect(served(schema).custom?.prune(draft)).toEqual(unknown);
    expect(draft).toEqual(rocket(kept));
  });
});

describe('defaults and nulls', () => {
  const defaulted = (schema: Draft, spec: unknown) => {
    const draft = structuredClone(rocket(spec));
    served(schema).strategy.applyDefaults?.(draft);
    return draft['spec'];
  };
  it.each<[string, Draft, unknown, unknown]>([
    ['an absent field gets its default', object({ a: { type: 'integer', default: 3 } }), {}, { a: 3 }],
    [
      'a default holds inside of a default',
      object({ o: object({ a: { type: 'string', default: 'x' } }, { default: {} }) }),
      {},
      { o: { a: 'x' } },
    ],
    [
      'null of a field that is not nullable counts as absent',
      object({ a: { type: 'integer', default: 3 }, b: { type: 'string' } }),
      { a: null, b: null },
      { a: 3 },
    ],
    [
      'null of a nullable field stays',
      object({ a: { type: 'integer', default: 3, nullable: true } }),
      { a: null },
      { a: null },
    ],
    [
      'elements of lists are defaulted too',
      object({ l: { type: 'array', items: object({ p: { type: 'string', default: 'TCP' } }) } }),
      { l: [{}] },
      { l: [{ p: 'TCP' }] },
    ],
    [
      'null values of maps go',
      object({ m: { type: 'object', additionalProperties: { type: 'string' } } }),
      { m: { k: null } },
      { m: {} },
    ],
  ])('%s', (_, schema, spec, expected) => {
    expect(defaulted(schema, spec)).toEqual(expected);
  });
});

describe('validation', () => {
  it.each<[string, Draft, unknown, string[]]>([
    [
      'types by name',
      object({ a: { type: 'string' } }),
      { a: 5 },
      ['spec.a: Invalid value: "integer": spec.a in body must be of type string: "integer"'],
    ],
    ['whole numbers pass as numbers', object({ a: { type: 'number' } }), { a: 5 }, []],
    [
      'integers beyond 64 bits are numbers',
      object({ a: { type: 'integer' } }),
      { a: 1e19 },
      [
        'spec.a: Invalid value: "number": spec.a in body must be of type integer: "number"',
        '<nil>: Invalid value: "": Checked value must be of type integer (default format) in spec.a',
      ],
    ],
    ['required fields', object({}, { required: ['a'] }), {}, ['spec.a: Required value']],
    [
      'enumerations',
      object({ a: { type: 'string', enum: ['x', 'y'] } }),
      { a: 'z' },
      ['spec.a: Unsupported value: "z": supported values: "x", "y"'],
    ],
    ['lengths count characters', object({ a: { type: 'string', maxLength: 2 } }), { a: '😀😀' }, []],
    [
      'only the first complaint about a string',
      object({ a: { type: 'string', maxLength: 2, pattern: '^b' } }),
      { a: 'aaa' },
      ['spec.a: Too long: may not be more than 2 bytes'],
    ],
    [
      'formats',
      object({ a: { type: 'string', format: 'ipv6' } }),
      { a: '10.0.0.1' },
      ['spec.a: Invalid value: "10.0.0.1": spec.a in body must be of type ipv6: "10.0.0.1"'],
    ],
    ['unknown formats mean nothing', object({ a: { type: 'string', format: 'phone' } }), { a: 'x' }, []],
    [
      'exclusive bounds',
      object({ a: { type: 'integer', minimum: 1, exclusiveMinimum: true } }),
      { a: 1 },
      ['spec.a: Invalid value: 1: spec.a in body should be greater than 1'],
    ],
    [
      'sizes of lists and maps',
      object({ l: { type: 'array', maxItems: 1, items: { type: 'integer' } } }),
      { l: [1, 2] },
      ['spec.l: Too many: 2: must have at most 1 item'],
    ],
    [
      'int or string',
      object({ p: { 'x-kubernetes-int-or-string': true } }),
      { p: 1.5 },
      ['spec.p: Invalid value: "number": spec.p in body must be of type integer,string: "number"'],
    ],
    [
      'lists that are sets',
      object({ s: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } }),
      { s: ['a', 'b', 'a', 'a'] },
      ['spec.s[2]: Duplicate value: "a"'],
    ],
  ])('%s', (_, schema, spec, expected) => {
    expect(errors(served(schema), spec)).toEqual(expected);
  });

  it('tells of alternatives the errors of the one that came closest', () => {
    const schema = object(
      { a: { type: 'integer' }, b: { type: 'integer' } },
      { oneOf: [{ required: ['a'] }, { required: ['b'] }] },
    );
    expect(errors(served(schema), {})).toEqual([
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found none valid',
      'spec.a: Required value',
    ]);
    expect(errors(served(schema), { a: 1, b: 1 })).toEqual([
      '<nil>: Invalid value: "": "spec" must validate one and only one schema (oneOf). Found 2 valid alternatives',
    ]);
    expect(errors(served(schema), { a: 1 })).toEqual([]);
  });

  it('does not hold against an update what it left as it was', () => {
    const type = served(object({ a: { type: 'string', maxLength: 2 }, b: { type: 'string', maxLength: 2 } }));
    expect(updateErrors(type, { a: 'old', b: 'ok' }, { a: 'old' })).toEqual([]);
    expect(updateErrors(type, { a: 'new', b: 'ok' }, { a: 'old' })).toEqual([
      'spec.a: Too long: may not be more than 2 bytes',
    ]);
  });
});

describe('rules', () => {
  const ruled = (rule: Draft, properties: Draft = { lo: { type: 'integer' }, hi: { type: 'integer' } }) =>
    served(object(properties, { 'x-kubernetes-validations': [rule] }));

  it('refuse with message, place and reason of their choice', () => {
    expect(errors(ruled({ rule: 'self.lo <= self.hi' }), { lo: 2, hi: 1 })).toEqual([
      'spec: Invalid value: failed rule: self.lo <= self.hi',
    ]);
    const told = ruled({
      rule: 'self.lo <= self.hi',
      messageExpression: '"lo is " + string(self.lo)',
      fieldPath: '.lo',
      reason: 'FieldValueForbidden',
    });
    expect(errors(told, { lo: 2, hi: 1 })).toEqual(['spec.lo: Forbidden: lo is 2']);
  });

  it('fall back to the message when the message expression fails', () => {
    expect(
      errors(ruled({ rule: 'self.lo == 0', message: 'no', messageExpression: '["a"][self.lo]' }), { lo: 5 }),
    ).toEqual(['spec: Invalid value: no']);
  });

  it('about changes run only where there was something before', () => {
    const type = served(
      object({ a: { type: 'string', 'x-kubernetes-validations': [{ rule: 'self == oldSelf', message: 'fixed' }] } }),
    );
    expect(errors(type, { a: 'x' })).toEqual([]);
    expect(updateErrors(type, { a: 'y' }, { a: 'x' })).toEqual(['spec.a: Invalid value: "y": fixed']);
    expect(updateErrors(type, { a: 'y' }, {})).toEqual([]);
  });

  it('find the same element of a keyed list again', () => {
    const items = object(
      { id: { type: 'string' }, n: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] } },
      { required: ['id'] },
    );
    const type = served(
      object({ l: { type: 'array', 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': ['id'], items } }),
    );
    const old = {
      l: [
        { id: 'a', n: 1 },
        { id: 'b', n: 9 },
      ],
    };
    expect(
      updateErrors(
        type,
        {
          l: [
            { id: 'b', n: 9 },
            { id: 'a', n: 2 },
          ],
        },
        old,
      ),
    ).toEqual([]);
    expect(updateErrors(type, { l: [{ id: 'b', n: 5 }] }, old)).toEqual([
      'spec.l[0].n: Invalid value: 5: failed rule: self >= oldSelf',
    ]);
  });

  it('are told as a warning where an update did not touch their part', () => {
    const type = served(
      object({
        a: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self < 3', message: 'small only' }] },
        b: { type: 'integer' },
      }),
    );
    const draft = rocket({ a: 5, b: 2 });
    const old = rocket({ a: 5, b: 1 }) as KubeObject;
    expect(type.strategy.validateUpdate?.(draft, old, context)).toEqual([]);
    expect(type.strategy.warnings?.(draft, old, context)).toEqual(['spec.a: Invalid value: 5: small only']);
  });

  it('do not run on what is malformed', () => {
    const found = errors(ruled({ rule: 'self.lo <= self.hi' }), { lo: 'x', hi: 1 });
    expect(found.at(-1)).toBe(
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    );
  });
});

describe('what else a version serves', () => {
  it('warns of deprecation and names a newer version', () => {
    expect(served(object({}), { deprecated: true }).custom?.deprecationWarning).toBe(
      'tests.example.org/v1 Rocket is deprecated',
    );
    expect(served(object({}), { deprecated: true, deprecationWarning: 'soon gone' }).custom?.deprecationWarning).toBe(
      'soon gone',
    );
  });

  it('selects by declared fields', () => {
    const type = served(object({ color: { type: 'string' } }), { selectableFields: [{ jsonPath: '.spec.color' }] });
    expect(type.strategy.selectableFields?.['spec.color']?.(rocket({ color: 'red' }) as KubeObject)).toBe('red');
  });

  it('validates the status alone through its endpoint', () => {
    const type = served(object({ a: { type: 'string', maxLength: 1 } }), { subresources: { status: {} } });
    const draft = { ...rocket({ a: 'long' }), status: { n: 'x' } };
    const found = type.strategy.validateStatusUpdate?.(draft, rocket({ a: 'long' }) as KubeObject, context) ?? [];
    expect(found.map(fieldErrorText)).toEqual([
      'status.n: Invalid value: "string": n in body must be of type integer: "string"',
    ]);
  });
});

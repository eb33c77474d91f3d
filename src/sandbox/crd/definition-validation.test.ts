import { describe, expect, it } from 'vitest';
import { fieldErrorText } from '../machinery/field-errors.ts';
import type { Draft } from '../machinery/json.ts';
import { definitionErrors, definitionUpdateErrors } from './definition-validation.ts';

const GROUP = 'tests.example.org';

function definition(schema: Draft, change: { spec?: Draft; version?: Draft; status?: Draft } = {}): Draft {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `rockets.${GROUP}` },
    spec: {
      group: GROUP,
      scope: 'Namespaced',
      names: { plural: 'rockets', singular: 'rocket', kind: 'Rocket', listKind: 'RocketList' },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec: schema } } },
          ...change.version,
        },
      ],
      conversion: { strategy: 'None' },
      ...change.spec,
    },
    status: { storedVersions: ['v1'], ...change.status },
  };
}

const errors = (object: Draft): string[] => definitionErrors(object).map(fieldErrorText);
const ROOT = 'spec.validation.openAPIV3Schema';
const SPEC = `${ROOT}.properties[spec]`;
const ofSpec = (schema: Draft): string[] =>
  errors(definition({ type: 'object', properties: { x: schema } })).map((text) =>
    text.replaceAll(`${SPEC}.properties[x]`, 'X').replaceAll(ROOT, 'ROOT'),
  );

describe('a schema has to be structural', () => {
  it.each<[string, Draft, string[]]>([
    ['every field has a type', {}, ['X.type: Required value: must not be empty for specified object fields']],
    [
      'items of a list have a type',
      { type: 'array', items: {} },
      ['X.items.type: Required value: must not be empty for specified array items'],
    ],
    ['a list says what it holds', { type: 'array' }, ['X.items: Required value: must be specified']],
    [
      'no type inside of a junctor',
      { type: 'string', anyOf: [{ type: 'string' }] },
      ['X.anyOf[0].type: Forbidden: must be empty to be structural'],
    ],
    [
      'no default inside of a junctor',
      { type: 'string', allOf: [{ default: 'a' }] },
      ['X.allOf[0].default: Forbidden: must be undefined to be structural'],
    ],
    [
      'int-or-string may say so with types',
      { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
      [],
    ],
    [
      'int-or-string keeps nothing unknown',
      { 'x-kubernetes-int-or-string': true, 'x-kubernetes-preserve-unknown-fields': true },
      [
        'X.x-kubernetes-preserve-unknown-fields: Invalid value: true: must be false if x-kubernetes-int-or-string is true',
      ],
    ],
    ['unknown fields may be kept without a type', { 'x-kubernetes-preserve-unknown-fields': true }, []],
    [
      'an embedded resource is an object',
      { type: 'string', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true },
      ['X.type: Invalid value: "string": must be object if x-kubernetes-embedded-resource is true'],
    ],
    [
      'a pattern is a regular expression',
      { type: 'string', pattern: '[' },
      [
        'X.pattern: Invalid value: "[": must be a valid regular expression, but isn\'t: error parsing regexp: missing closing ]: `[`',
      ],
    ],
  ])('%s', (_, schema, expected) => {
    expect(ofSpec(schema)).toEqual(expected);
  });

  it('what a junctor names exists outside of it', () => {
    const object = definition({ type: 'object' });
    const root = { type: 'object', properties: { a: { type: 'object' } }, not: { properties: { b: { minimum: 1 } } } };
    object['spec'] = {
      ...(object['spec'] as Draft),
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: root } }],
    };
    expect(errors(object)).toEqual([
      `${ROOT}.properties[b]: Required value: because it is defined in ${ROOT}.not.properties[b]`,
    ]);
  });

  it('says nothing about the root but that it is an object', () => {
    const object = definition({ type: 'object' });
    const root = { type: 'object', additionalProperties: { type: 'string' } };
    object['spec'] = {
      ...(object['spec'] as Draft),
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: root } }],
    };
    expect(errors(object)).toEqual([`${ROOT}.additionalProperties: Forbidden: must not be used at the root`]);
  });
});

describe('the parts of OpenAPI that are not taken', () => {
  it.each<[string, Draft, string]>([
    [
      'unknown types',
      { type: 'thing' },
      'X.type: Unsupported value: "thing": supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
    ['references', { type: 'object', $ref: '#/x' }, 'X.$ref: Forbidden: $ref is not supported'],
    [
      'unique items',
      { type: 'array', uniqueItems: true, items: { type: 'string' } },
      'X.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic',
    ],
    [
      'named and other properties at once',
      { type: 'object', properties: { a: { type: 'string' } }, additionalProperties: { type: 'string' } },
      'X.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
    ],
    [
      'a set of granular objects',
      { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
      'X.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
    ],
    [
      'a map without keys',
      { type: 'array', 'x-kubernetes-list-type': 'map', items: { type: 'object' } },
      'X.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
    ],
    [
      'a map whose key may be missing',
      {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', properties: { k: { type: 'string' } } },
      },
      'X.items.properties[k].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
    ],
    [
      'a list type on what is no list',
      { type: 'string', 'x-kubernetes-list-type': 'set' },
      'X.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
    ],
  ])('%s', (_, schema, expected) => {
    expect(ofSpec(schema)).toContain(expected);
  });
});

describe('defaults are checked against their schema', () => {
  it.each<[string, Draft, string[]]>([
    [
      'the type',
      { type: 'integer', default: 'a' },
      ['X.default: Invalid value: "string": X.default in body must be of type integer: "string"'],
    ],
    [
      'unknown fields',
      { type: 'object', properties: {}, default: { a: 1 } },
      ['X.default: Invalid value: {"a":1}: must not have unknown fields'],
    ],
    [
      'rules',
      { type: 'integer', default: 5, 'x-kubernetes-validations': [{ rule: 'self < 3' }] },
      ['X.default: Invalid value: 5: failed rule: self < 3'],
    ],
    ['a fitting one passes', { type: 'integer', default: 1, minimum: 1 }, []],
  ])('%s', (_, schema, expected) => {
    expect(
      ofSpec(schema).map((text) =>
        text
          .replace(/: X?\.?default in body/, ': X.default in body')
          .replace(': in body', ': X.default in body')
          .replace(':  in body', ': X.default in body'),
      ),
    ).toEqual(expected);
  });
});

describe('rules', () => {
  const withRule = (rule: Draft, schema: Draft = { type: 'string', maxLength: 10 }) =>
    ofSpec({ ...schema, 'x-kubernetes-validations': [rule] }).map((text) =>
      text.replaceAll('X.x-kubernetes-validations[0]', 'R'),
    );

  it('compile with the type of their place', () => {
    expect(withRule({ rule: 'self.startsWith("a") && self.size() < 5' })).toEqual([]);
    expect(withRule({ rule: 'self.a-b > 1' }, { type: 'object', properties: { a: { type: 'integer' } } })[0]).toContain(
      "undeclared reference to 'b'",
    );
    expect(
      withRule({ rule: 'self.x__dash__y > 1' }, { type: 'object', properties: { 'x-y': { type: 'integer' } } }),
    ).toEqual([]);
    for (const rule of ['self.__namespace__ == "a"', 'self.namespace == "a" && has(self.namespace)'])
      expect(withRule({ rule }, { type: 'object', properties: { namespace: { type: 'string' } } })).toEqual([]);
  });

  it('may not look at the past of elements that have no identity', () => {
    const list = {
      type: 'array',
      maxItems: 5,
      items: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self >= oldSelf' }] },
    };
    expect(ofSpec(list)).toEqual([
      'X.items.x-kubernetes-validations[0].rule: Invalid value: "self >= oldSelf": oldSelf cannot be used on the uncorrelatable portion of the schema within X',
    ]);
  });

  it('stay within their budget, which grows with the limits that the schema declares', () => {
    const nested = 'self.all(a, self.all(b, a.contains(b)))';
    const list = (maxItems: number, maxLength: number) => ({
      type: 'array',
      maxItems,
      items: { type: 'string', maxLength },
      'x-kubernetes-validations': [{ rule: nested }],
    });
    expect(ofSpec(list(10, 10))).toEqual([]);
    expect(ofSpec(list(700, 20))[0]).toMatch(
      /^X\.x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds budget by factor of [\d.]+x/,
    );
    expect(
      ofSpec({ type: 'array', items: { type: 'string' }, 'x-kubernetes-validations': [{ rule: nested }] })[0],
    ).toContain('factor of more than 100x');
  });

  it.each(['cidr(self) == cidr(self).masked()', 'ip(self) == ip(self)', 'quantity(self) == quantity(self)'])(
    'are small for %s: such values are compared at once',
    (rule) => {
      expect(ofSpec({ type: 'string', maxLength: 48, 'x-kubernetes-validations': [{ rule }] })).toEqual([]);
    },
  );
});

describe('the definition around the schema', () => {
  const change = (spec: Draft, version: Draft = {}) => errors(definition({ type: 'object' }, { spec, version }));

  it.each<[string, string[], string[]]>([
    [
      'a group with one dot at least',
      change({ group: 'single' }),
      [
        'metadata.name: Invalid value: "rockets.tests.example.org": must be spec.names.plural+"."+spec.group',
        'spec.group: Invalid value: "single": should be a domain with at least one dot',
      ],
    ],
    [
      'kind and listKind differ',
      change({ names: { plural: 'rockets', singular: 'rocket', kind: 'Rocket', listKind: 'Rocket' } }),
      ['spec.names.listKind: Invalid value: "Rocket": kind and listKind may not be the same'],
    ],
    [
      'short names are names',
      change({ names: { plural: 'rockets', singular: 'rocket', kind: 'Rocket', listKind: 'RL', shortNames: [''] } }),
      [expect.stringContaining('spec.names.shortNames[0]: Invalid value: "": a DNS-1035 label must consist of')],
    ],
    [
      'a deprecation warning only where deprecated',
      change({}, { deprecationWarning: 'old' }),
      ['spec.versions[0].deprecationWarning: Invalid value: "old": can only be set for deprecated versions'],
    ],
    [
      'the root stays plain beside a status subresource',
      change(
        {},
        { subresources: { status: {} }, schema: { openAPIV3Schema: { type: 'object', minProperties: 1 } } },
      ).map((text) => text.replace(/\{.*\}/, '{…}')),
      [
        `${ROOT}: Invalid value: {…}: only [Description Type Format Title Maximum ExclusiveMaximum Minimum ExclusiveMinimum MaxLength MinLength Pattern MaxItems MinItems UniqueItems MultipleOf Required Items Properties ExternalDocs Example XPreserveUnknownFields XValidations] fields are allowed at the root of the schema if the status subresource is enabled`,
      ],
    ],
    [
      'a webhook says where it is',
      change({ conversion: { strategy: 'Webhook', webhook: { conversionReviewVersions: ['v1'] } } }),
      ['spec.conversion.webhookClientConfig: Required value: required when strategy is set to Webhook'],
    ],
    [
      'no unknown conversion',
      change({ conversion: { strategy: 'Magic' } }),
      ['spec.conversion.strategy: Unsupported value: "Magic": supported values: "None", "Webhook"'],
    ],
  ])('%s', (_, found, expected) => {
    expect(found).toEqual(expected);
  });

  it('keeps names and scope once they are established', () => {
    const old = {
      ...definition({ type: 'object' }),
      status: { storedVersions: ['v1'], conditions: [{ type: 'Established', status: 'True' }] },
    };
    const next = definition(
      { type: 'object' },
      {
        spec: {
          scope: 'Cluster',
          names: { plural: 'rockets', singular: 'rocket', kind: 'Missile', listKind: 'MissileList' },
        },
      },
    );
    const found = definitionUpdateErrors(next, old as never).map(fieldErrorText);
    expect(found).toEqual([
      'spec.scope: Invalid value: "Cluster": field is immutable',
      'spec.names.kind: Invalid value: "Missile": field is immutable',
    ]);
  });

  it('does not forget versions that objects may be stored in', () => {
    const found = errors(definition({ type: 'object' }, { status: { storedVersions: ['v0', 'v1'] } }));
    expect(found[0]).toMatch(
      /^status\.storedVersions\[0\]: Invalid value: "v0": missing from spec\.versions; v0 was previously a storage version/,
    );
  });
});

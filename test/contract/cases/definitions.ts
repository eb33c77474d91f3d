/** Custom kinds: schemas, defaults, pruning, versions, their life. */
import { CRDS, DEFINITION, WIDGETS, definition, served, widget, withDefinition, withKind } from '../bodies.ts';
import type { ContractCase } from '../case.ts';
import { create, eventually, get, gone, invalid, jsonPatch, merge, refused, remove, warned } from '../steps.ts';

const condition = (type: string) => `status.conditions[type=${type}].status`;
const props = (properties: unknown, more: Readonly<Record<string, unknown>> = {}) => ({
  spec: { properties, ...more },
});
const schema = (openAPIV3Schema: unknown) => ({ version: { schema: { openAPIV3Schema } } });
const HOLD = { name: 'a', finalizers: ['contract.test/hold'] };

export const DEFINITIONS: readonly ContractCase[] = [
  withDefinition('a definition is accepted, established and served', [
    create(CRDS, definition(), { 'spec.conversion': { strategy: 'None' }, 'metadata.generation': 1 }),
    eventually(
      get(DEFINITION, {
        [condition('NamesAccepted')]: 'True',
        [condition('Established')]: 'True',
        'status.storedVersions': ['v1'],
      }),
    ),
    get(DEFINITION, {
      'status.acceptedNames.kind': 'Widget',
      'status.conditions[type=Established].reason': 'InitialNamesAccepted',
    }),
    served,
  ]),
  withDefinition('the name of a definition is its plural and group', [
    invalid(create(CRDS, { ...definition(), metadata: { name: 'gadgets.{id}.contract.test' } }), 'metadata.name', [
      'FieldValueInvalid',
      /must be spec\.names\.plural\+"\."\+spec\.group$/,
    ]),
  ]),
  withDefinition('exactly one version is stored', [
    refused(create(CRDS, definition({ version: { storage: false } })), 422, {
      message: /must have exactly one version marked as storage version/,
    }),
  ]),
  withDefinition('a schema must be structural', [
    refused(
      create(
        CRDS,
        definition(schema({ type: 'object', properties: { spec: { properties: { a: { type: 'string' } } } } })),
      ),
      422,
      {
        message: /properties\[spec\]\.type: Required value: must not be empty for specified object fields/,
      },
    ),
    refused(create(CRDS, definition(schema({ properties: {} }))), 422, {
      message: /openAPIV3Schema\.type: Required value/,
    }),
    refused(
      create(CRDS, definition(schema({ type: 'object', anyOf: [{ properties: { b: { type: 'string' } } }] }))),
      422,
      {
        message: /anyOf\[0\]\.properties\[b\]\.type: Forbidden: must be empty to be structural/,
      },
    ),
  ]),
  withDefinition('a version needs a schema; a reference in one is refused', [
    refused(create(CRDS, definition({ version: { schema: undefined } })), 422, {
      message: /openAPIV3Schema: Required value/,
    }),
    refused(create(CRDS, definition(props({ a: { $ref: '#/definitions/a' } }))), 422, {
      message: /\$ref is not supported|must not be used|Forbidden/,
    }),
  ]),
  withDefinition('a default must fit its schema', [
    refused(create(CRDS, definition(props({ size: { type: 'integer', default: 'three' } }))), 422, {
      message: /\.properties\[spec\]\.properties\[size\]\.default: Invalid value: .*must be of type integer/,
    }),
  ]),
  withDefinition('unknown types are refused', [
    refused(create(CRDS, definition(props({ size: { type: 'whole' } }))), 422, {
      message:
        /type: Unsupported value: "whole": supported values: "array", "boolean", "integer", "number", "object", "string"/,
    }),
  ]),
  withDefinition('a group that belongs to Kubernetes needs an approval', [
    refused(
      create(CRDS, { ...definition({ more: { group: '{id}.k8s.io' } }), metadata: { name: 'widgets.{id}.k8s.io' } }),
      422,
      {
        message:
          /metadata\.annotations\[api-approved\.kubernetes\.io\]: Required value: protected groups must have approval annotation/,
      },
    ),
  ]),
  withDefinition('names taken by another kind of the group are not accepted', [
    create(CRDS, definition()),
    served,
    create(CRDS, {
      ...definition({
        more: { names: { plural: 'gadgets', singular: 'gadget', kind: 'Widget', listKind: 'GadgetList' } },
      }),
      metadata: { name: 'gadgets.{id}.contract.test' },
    }),
    eventually(
      get(`${CRDS}/gadgets.{id}.contract.test`, {
        [condition('NamesAccepted')]: 'False',
        'status.conditions[type=NamesAccepted].reason': 'KindConflict',
        [condition('Established')]: 'False',
      }),
    ),
    remove(`${CRDS}/gadgets.{id}.contract.test`),
  ]),
  withKind(
    'defaults are filled in on write, inside objects that are there',
    props({
      size: { type: 'integer', default: 3 },
      deep: { type: 'object', properties: { a: { type: 'string', default: 'x' } } },
    }),
    [
      create(WIDGETS, widget({}), { spec: { size: 3 } }),
      create(WIDGETS, widget({ deep: {} }, 'b'), { spec: { size: 3, deep: { a: 'x' } } }),
      create(WIDGETS, widget({ size: null }, 'c'), { spec: { size: 3 } }),
    ],
  ),
  withKind('defaults are filled in on read, too', props({}), [
    create(WIDGETS, widget({})),
    jsonPatch(DEFINITION, [
      {
        op: 'add',
        path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties',
        value: { late: { type: 'string', default: 'now' } },
      },
    ]),
    eventually(get(`${WIDGETS}/a`, { spec: { late: 'now' } })),
  ]),
  withKind(
    'unknown fields are pruned, but where they are preserved',
    props({
      open: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { shut: { type: 'object' } } },
    }),
    [create(WIDGETS, widget({ x: 1, open: { y: 2, shut: { z: 3 } } }), { spec: { open: { y: 2, shut: {} } } })],
  ),
  withKind(
    'null is dropped where it may not stand, kept where it may',
    props({ no: { type: 'string' }, yes: { type: 'string', nullable: true } }),
    [create(WIDGETS, widget({ no: null, yes: null }), { spec: { yes: null } })],
  ),
  withKind('a number or a text', props({ port: { 'x-kubernetes-int-or-string': true } }), [
    create(WIDGETS, widget({ port: 80 }), { 'spec.port': 80 }),
    create(WIDGETS, widget({ port: 'http' }, 'b'), { 'spec.port': 'http' }),
    refused(create(WIDGETS, widget({ port: true }, 'c')), 422, {
      'details.causes.0.field': 'spec.port',
      'details.causes.0.reason': 'FieldValueTypeInvalid',
    }),
  ]),
  withKind(
    'types, ranges, lengths, patterns, enumerations and required fields are checked',
    props(
      {
        n: { type: 'integer', minimum: 1, maximum: 9 },
        t: { type: 'string', minLength: 2, maxLength: 4, pattern: '^[a-z]+$' },
        e: { type: 'string', enum: ['red', 'blue'] },
        l: { type: 'array', maxItems: 1, items: { type: 'string' } },
        f: { type: 'string', format: 'date-time' },
      },
      { required: ['n'] },
    ),
    [
      invalid(create(WIDGETS, widget({})), 'spec.n', ['FieldValueRequired', 'Required value']),
      invalid(create(WIDGETS, widget({ n: 0 })), 'spec.n', [
        'FieldValueInvalid',
        'Invalid value: 0: spec.n in body should be greater than or equal to 1',
      ]),
      invalid(create(WIDGETS, widget({ n: 10 })), 'spec.n', [
        'FieldValueInvalid',
        'Invalid value: 10: spec.n in body should be less than or equal to 9',
      ]),
      invalid(create(WIDGETS, widget({ n: '1' })), 'spec.n', [
        'FieldValueTypeInvalid',
        'Invalid value: "string": spec.n in body must be of type integer: "string"',
      ]),
      invalid(create(WIDGETS, widget({ n: 1, t: 'UP' })), 'spec.t', [
        'FieldValueInvalid',
        `Invalid value: "UP": spec.t in body should match '^[a-z]+$'`,
      ]),
      invalid(create(WIDGETS, widget({ n: 1, t: 'abcde' })), 'spec.t', [
        'FieldValueTooLong',
        'Too long: may not be more than 4 bytes',
      ]),
      invalid(create(WIDGETS, widget({ n: 1, e: 'green' })), 'spec.e', [
        'FieldValueNotSupported',
        'Unsupported value: "green": supported values: "red", "blue"',
      ]),
      invalid(create(WIDGETS, widget({ n: 1, l: ['a', 'b'] })), 'spec.l', [
        'FieldValueTooMany',
        'Too many: 2: must have at most 1 item',
      ]),
      invalid(create(WIDGETS, widget({ n: 1, f: 'noon' })), 'spec.f', 'FieldValueTypeInvalid'),
      create(WIDGETS, widget({ n: 1, t: 'abc', e: 'red', l: ['a'], f: '2020-01-01T00:00:00Z' })),
    ],
  ),
  withKind(
    'sets and maps hold nothing twice',
    props({
      set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
      map: {
        type: 'array',
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['k'],
        items: { type: 'object', required: ['k'], properties: { k: { type: 'string' } } },
      },
    }),
    [
      invalid(create(WIDGETS, widget({ set: ['a', 'a'] })), 'spec.set[1]', [
        'FieldValueDuplicate',
        'Duplicate value: "a"',
      ]),
      invalid(create(WIDGETS, widget({ map: [{ k: 'a' }, { k: 'a' }] })), 'spec.map[1]', [
        'FieldValueDuplicate',
        'Duplicate value: {"k":"a"}',
      ]),
      create(WIDGETS, widget({ set: ['a', 'b'], map: [{ k: 'a' }, { k: 'b' }] })),
    ],
  ),
  withKind('a new schema holds for what is written after it', props({ size: { type: 'integer' } }), [
    create(WIDGETS, widget({ size: 50 })),
    jsonPatch(DEFINITION, [
      { op: 'add', path: '/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/size/maximum', value: 9 },
    ]),
    eventually(refused(create(`${WIDGETS}?dryRun=All`, widget({ size: 10 }, 'b')), 422, { reason: 'Invalid' })),
    get(`${WIDGETS}/a`, { 'spec.size': 50 }),
    // What was invalid already and is not touched may stay:
    // https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#validation-ratcheting
    merge(`${WIDGETS}/a`, { metadata: { labels: { a: 'b' } } }, { 'metadata.labels.a': 'b' }),
    invalid(merge(`${WIDGETS}/a`, { spec: { size: 60 } }), 'spec.size', 'FieldValueInvalid'),
  ]),
  withDefinition('every served version shows the same object', [
    create(
      CRDS,
      definition({
        more: {
          versions: ['v1', 'v2'].map((name) => ({
            name,
            served: true,
            storage: name === 'v1',
            schema: {
              openAPIV3Schema: {
                type: 'object',
                properties: { spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
              },
            },
          })),
        },
      }),
    ),
    served,
    create(WIDGETS, widget({ size: 1 })),
    eventually(
      get('/apis/{id}.contract.test/v2/namespaces/{ns}/widgets/a', {
        apiVersion: '{id}.contract.test/v2',
        'spec.size': 1,
      }),
    ),
    merge(
      '/apis/{id}.contract.test/v2/namespaces/{ns}/widgets/a',
      { spec: { size: 2 } },
      { apiVersion: '{id}.contract.test/v2' },
    ),
    get(`${WIDGETS}/a`, { apiVersion: '{id}.contract.test/v1', 'spec.size': 2 }),
  ]),
  withKind('a deprecated version warns', { version: { deprecated: true, deprecationWarning: 'use something else' } }, [
    warned(get(WIDGETS), 'use something else'),
    warned(create(WIDGETS, widget({})), 'use something else'),
  ]),
  withKind('a definition takes its instances along', {}, [
    create(WIDGETS, widget({})),
    remove(DEFINITION),
    eventually(gone(DEFINITION)),
    eventually(refused(get(WIDGETS), 404, {})),
  ]),
  withKind('a definition waits for an instance that a finalizer holds', {}, [
    create(WIDGETS, { ...widget({}), metadata: HOLD }),
    remove(DEFINITION),
    eventually(get(DEFINITION, { [condition('Terminating')]: 'True' })),
    eventually(
      refused(create(WIDGETS, widget({}, 'b')), 403, {
        reason: 'Forbidden',
        message: /create not allowed while custom resource definition is terminating/,
      }),
    ),
    merge(`${WIDGETS}/a`, { metadata: { finalizers: null } }),
    eventually(gone(DEFINITION)),
  ]),
  withKind('group, names and scope do not change', {}, [
    invalid(merge(DEFINITION, { spec: { scope: 'Cluster' } }), 'spec.scope', [
      'FieldValueInvalid',
      /field is immutable$/,
    ]),
    refused(merge(DEFINITION, { spec: { group: 'other.test' } }), 422, { reason: 'Invalid' }),
  ]),
  withKind('objects of a namespaced kind are made in a namespace and listed over all', {}, [
    refused(create('/apis/{id}.contract.test/v1/widgets', widget({})), 404, {}),
    create(WIDGETS, widget({})),
    get('/apis/{id}.contract.test/v1/widgets', { 'items[*].metadata.namespace': ['{ns}'] }),
  ]),
];

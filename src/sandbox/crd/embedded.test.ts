import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { fieldErrorText } from '../machinery/field-errors.ts';
import type { Draft } from '../machinery/json.ts';
import type { StrategyContext } from '../machinery/registry.ts';
import { decodeFields } from '../schema/type-decoding.ts';
import { resourceType } from './custom-resource.ts';

const template = {
  type: 'object',
  'x-kubernetes-embedded-resource': true,
  'x-kubernetes-preserve-unknown-fields': true,
};
const names = { plural: 'rockets', singular: 'rocket', kind: 'Rocket', listKind: 'RocketList' };
const version = {
  name: 'v1',
  served: true,
  storage: true,
  schema: { openAPIV3Schema: { type: 'object', properties: { stages: { type: 'array', items: template } } } },
};
const definition: KubeObject = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'rockets.tests.example.org' },
  spec: { group: 'tests.example.org', scope: 'Namespaced', names, versions: [version] },
  status: { acceptedNames: names },
};
const rockets = resourceType({ definition, version });
const rocket = (stage: Draft): Draft => ({
  apiVersion: 'tests.example.org/v1',
  kind: 'Rocket',
  metadata: { name: 'r' },
  stages: [{ apiVersion: 'v1', kind: 'Pod', ...stage }],
});

describe('A resource inside of a custom resource', () => {
  it('keeps what it is and loses what is no field of metadata', () => {
    const { object, unknown } = decodeFields(
      rockets,
      rocket({ metadata: { name: 'x', foo: 1, creationTimestamp: null, labels: {} }, spec: { any: 1 } }),
    );
    expect(object['stages']).toEqual([{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'x' }, spec: { any: 1 } }]);
    expect(unknown).toEqual(['stages[0].metadata.foo']);
  });

  it.each<[string, Draft, string]>([
    ['a kind', { kind: 5 }, 'stages[0].kind: Invalid value: 5: must be a string'],
    [
      'metadata',
      { metadata: { labels: 5 } },
      'stages[0].metadata: Invalid value: {"labels":5}: json: cannot unmarshal number into Go struct field ObjectMeta.labels of type map[string]string',
    ],
  ])('does not decode with %s of another type', (_, stage, problem) => {
    expect(decodeFields(rockets, rocket(stage)).problem).toBe(problem);
  });

  it.each<[string, Draft, string[]]>([
    ['any name that can stand in a path', { metadata: { name: 'Upper_' } }, []],
    ['no name', { metadata: { namespace: 'n' } }, []],
    [
      'a name with a slash',
      { metadata: { name: 'a/b' } },
      [`stages[0].metadata.name: Invalid value: "a/b": may not contain '/'`],
    ],
    [
      'a namespace that is none',
      { metadata: { namespace: 'a.b' } },
      ['stages[0].metadata.namespace: Invalid value: "a.b": must not contain dots'],
    ],
    [
      'a bad finalizer',
      { metadata: { finalizers: ['orphan', 'foregroundDeletion'] } },
      [
        'stages[0].metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: finalizer orphan and foregroundDeletion cannot be both set',
      ],
    ],
  ])('is validated with %s', (_, stage, expected) => {
    expect((rockets.strategy.validate?.(rocket(stage), {} as StrategyContext) ?? []).map(fieldErrorText)).toEqual(
      expected,
    );
  });
});

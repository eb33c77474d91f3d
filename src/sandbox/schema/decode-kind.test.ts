import { describe, expect, test } from 'vitest';
import { findKind, type Struct } from '../../shapes/kinds.ts';
import { decodeKind, withoutEmptyLists } from './decode-kind.ts';
import { canonicalQuantity } from './quantity-text.ts';

const kind = (group: string, version: string, name: string): Struct => {
  const struct = findKind(group, version, name);
  if (!struct) throw new Error(`no ${name}`);
  return struct;
};
const pod = kind('', 'v1', 'Pod');
const deployment = kind('apps', 'v1', 'Deployment');

describe('mismatches are named in the words of the real decoder', () => {
  test.each([
    [
      'a string for an integer',
      { spec: { replicas: 'two' } },
      'json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'a fraction',
      { spec: { replicas: 0.5 } },
      'json: cannot unmarshal number 0.5 into Go struct field DeploymentSpec.spec.replicas of type int32',
    ],
    [
      'an object for a list',
      { spec: { template: { spec: { volumes: {} } } } },
      'json: cannot unmarshal object into Go struct field PodSpec.spec.template.spec.volumes of type []v1.Volume',
    ],
    [
      'a number among strings',
      { metadata: { annotations: { a: 1 } } },
      'json: cannot unmarshal number into Go struct field ObjectMeta.metadata.annotations of type string',
    ],
    [
      'below an inlined struct, whose name the path has',
      { spec: { template: { spec: { containers: [{ livenessProbe: { httpGet: { port: [] } } }] } } } },
      'json: cannot unmarshal array into Go struct field HTTPGetAction.spec.template.spec.containers.livenessProbe.ProbeHandler.httpGet.port of type int32',
    ],
    [
      'in an inlined struct',
      { spec: { template: { spec: { volumes: [{ configMap: { name: 1 } }] } } } },
      'json: cannot unmarshal number into Go struct field ConfigMapVolumeSource.spec.template.spec.volumes.VolumeSource.configMap.LocalObjectReference.name of type string',
    ],
    ['a list for everything', [], 'json: cannot unmarshal array into Go value of type v1.Deployment'],
    [
      'a bad time',
      { metadata: { creationTimestamp: 'now' } },
      'parsing time "now" as "2006-01-02T15:04:05Z07:00": cannot parse "now" as "2006"',
    ],
  ])('%s', (_, body, problem) => {
    expect(decodeKind(deployment, body).problem).toBe(problem);
  });

  test('of several mismatches the first in the document counts', () => {
    const { problem } = decodeKind(pod, { spec: { hostNetwork: 'no', containers: 1 } });
    expect(problem).toContain('PodSpec.spec.hostNetwork');
  });

  test('an object in memory is converted, not parsed', () => {
    expect(decodeKind(kind('', 'v1', 'ConfigMap'), { data: { a: 1 } }, { reading: 'conversion' }).problem).toBe(
      'cannot convert int64 to string',
    );
    expect(decodeKind(deployment, { spec: { replicas: 1.5 } }, { reading: 'conversion' }).problem).toBe(
      'cannot convert float64 to int32',
    );
    const strategy = { rollingUpdate: { maxSurge: true } };
    expect(decodeKind(deployment, { spec: { strategy } }, { reading: 'conversion' }).problem).toBe(
      'json: cannot unmarshal bool into Go value of type int32',
    );
  });
});

test('unknown and repeated fields are reported by path, in the order met', () => {
  const body = { metadata: { nme: 'x' }, spec: { containers: [{ name: 'c', imge: 'i' }], Volumes: [] } };
  const decoded = decodeKind(pod, body, { duplicates: ['spec.containers[0].name'] });
  expect(decoded.strict).toEqual([
    'unknown field "metadata.nme"',
    'duplicate field "spec.containers[0].name"',
    'unknown field "spec.containers[0].imge"',
    'unknown field "spec.Volumes"',
  ]);
});

test('what is decoded is written as the server writes it: in its order, empty optional fields left out, required ones filled in', () => {
  const { object } = decodeKind(deployment, {
    spec: {
      template: { spec: { containers: [{ image: 'i', name: 'c', args: [], resources: { limits: { cpu: 0.25 } } }] } },
      replicas: null,
    },
    metadata: { name: 'd', labels: {} },
    kind: 'Deployment',
  });
  expect(JSON.stringify(object)).toBe(
    '{"kind":"Deployment","metadata":{"name":"d"},"spec":{"selector":null,"template":{"metadata":{},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"250m"}}}]}},"strategy":{}},"status":{}}',
  );
});

test('a zero replica count is kept, since its absence would mean one', () => {
  expect(decodeKind(deployment, { spec: { replicas: 0 } }).object['spec']).toMatchObject({ replicas: 0 });
});

test.each([
  ['0.5', '500m'],
  ['1000m', '1'],
  ['1024Mi', '1Gi'],
  ['1.5Gi', '1536Mi'],
  ['1e3', '1e3'],
  ['2500', '2500'],
  ['12000', '12k'],
  ['-0.25', '-250m'],
  ['0.1Ki', '102400m'],
  ['', undefined],
  ['1 Gi', undefined],
  ['abc', undefined],
])('quantity %s is written as %s', (text, canonical) => {
  expect(canonicalQuantity(text)).toBe(canonical);
});

test('an empty list that is always written lives until it is stored', () => {
  const role = findKind('rbac.authorization.k8s.io', 'v1', 'ClusterRole') as Struct;
  const { object } = decodeKind(role, { rules: [] });
  expect(object['rules']).toEqual([]);
  withoutEmptyLists(role, object);
  expect(object['rules']).toBeNull();
});

test('keys of maps are written in their order', () => {
  const { object } = decodeKind(pod, { metadata: { labels: { b: '1', a: '2', 'a-b': '3' } } });
  expect(Object.keys((object['metadata'] as Record<string, object>)['labels'] ?? {})).toEqual(['a', 'a-b', 'b']);
});

/**
 * Statuses of load balancers, generations and bounds of classes:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/networking/validation/validation.go,
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/storage/validation/validation.go,
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/discovery/endpointslice/strategy.go
 */
import { expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import type { Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const key = { namespace: 'default', name: 'x' };
const create = (gvr: Gvr, body: Draft, server = newServer()) => {
  server.cluster.create(gvr, { metadata: key, ...body } as never);
  return server;
};

test('An Ingress is reached at addresses and names that are such', () => {
  const ingresses: Gvr = { group: 'networking.k8s.io', version: 'v1', resource: 'ingresses' };
  const backend = { service: { name: 's', port: { number: 80 } } };
  const server = create(ingresses, { spec: { defaultBackend: backend } });
  const report = (ingress: readonly Draft[]) =>
    refusedFields(() =>
      server.cluster.modify(ingresses, key, (draft) => ({ ...draft, status: { loadBalancer: { ingress } } }), 'status'),
    );
  expect(report([{ ip: 'here', hostname: '192.0.2.1' }])).toEqual([
    'status.loadBalancer.ingress[0].ip: Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    'status.loadBalancer.ingress[0].hostname: Invalid value: "192.0.2.1": must be a DNS name, not an IP address',
  ]);
  expect(report([{ ip: '192.0.2.1' }, { hostname: 'lb.example.com' }])).toEqual([]);
});

test('Labels of an EndpointSlice count for its generation, annotations do not', () => {
  const slices: Gvr = { group: 'discovery.k8s.io', version: 'v1', resource: 'endpointslices' };
  const server = create(slices, { addressType: 'IPv4', endpoints: [] });
  const change = (field: 'labels' | 'annotations') =>
    server.cluster.modify(slices, key, (draft) => {
      draft.metadata[field] = { a: 'b' };
      return draft;
    })?.metadata.generation;
  expect(change('annotations')).toBe(1);
  expect(change('labels')).toBe(2);
});

test('A StorageClass names topologies once each, and not more than its provisioner can take', () => {
  const classes: Gvr = { group: 'storage.k8s.io', version: 'v1', resource: 'storageclasses' };
  const term = (...values: readonly string[]): Draft => ({ matchLabelExpressions: [{ key: 'zone', values }] });
  const made = (body: Draft) =>
    refusedFields(() => create(classes, { metadata: { name: 'x' }, provisioner: 'a.io/b', ...body }));
  expect(made({ allowedTopologies: [term(), term('a', 'a'), term('b', 'c'), term('c', 'b')] })).toEqual([
    'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
    'allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
    'allowedTopologies[3].matchLabelExpressions: Duplicate value: ""',
  ]);
  expect(made({ parameters: { a: 'x'.repeat(256 * 1024) } })).toEqual([
    'parameters: Too long: may not be more than 262144 bytes',
  ]);
});

test('A HorizontalPodAutoscaler without a most number of pods lacks it', () => {
  const autoscalers: Gvr = { group: 'autoscaling', version: 'v2', resource: 'horizontalpodautoscalers' };
  const scaleTargetRef = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const made = (maxReplicas?: number) =>
    refusedFields(() => create(autoscalers, { spec: { scaleTargetRef, maxReplicas } }));
  expect(made()[0]).toBe('spec.maxReplicas: Required value: must be set and greater than 0');
  expect(made(-1)[0]).toBe('spec.maxReplicas: Invalid value: -1: must be greater than or equal to 1');
});

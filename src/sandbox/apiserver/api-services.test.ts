/**
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/cmd/kube-apiserver/app/aggregator.go,
 * https://github.com/kubernetes/kube-aggregator/blob/v0.36.2/pkg/controllers/autoregister/autoregister_controller.go
 */
import { expect, test } from 'vitest';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { at, type Draft } from '../machinery/json.ts';
import { DEFINITIONS } from '../crd/definition-controller.ts';
import { API_SERVICES } from './api-services.ts';
import { ApiServer } from './server.ts';

const newServer = () => new ApiServer({ clock: new VirtualClock(), prng: new Prng(1) });
const version = (name: string, served: boolean): Draft => ({
  name,
  served,
  storage: name === 'v1',
  schema: { openAPIV3Schema: { type: 'object' } },
});

test('A server registers what it serves, by groups and versions, and says that it is there', () => {
  const { cluster } = newServer();
  expect(cluster.get(API_SERVICES, { name: 'v1.apps' })).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'onstart' } },
    spec: { group: 'apps', version: 'v1', groupPriorityMinimum: 17_800, versionPriority: 15 },
    status: { conditions: [{ type: 'Available', status: 'True', reason: 'Local' }] },
  });
  expect(at(cluster.get(API_SERVICES, { name: 'v1.' }), 'spec')).toEqual({
    version: 'v1',
    groupPriorityMinimum: 18_000,
    versionPriority: 1,
  });
  expect(cluster.list(API_SERVICES).length).toBeGreaterThan(15);
});

test('A version of custom kinds is registered while it is served', () => {
  const { cluster } = newServer();
  const names = () =>
    cluster.list(API_SERVICES).flatMap(({ metadata }) => metadata.name.match(/.*\.a\.io$/)?.[0] ?? []);
  cluster.create(DEFINITIONS, {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'bs.a.io' },
    spec: {
      group: 'a.io',
      scope: 'Namespaced',
      names: { plural: 'bs', kind: 'B' },
      versions: [version('v1', true), version('v2', true)],
    },
  });
  expect(names()).toEqual(['v1.a.io', 'v2.a.io']);
  expect(cluster.get(API_SERVICES, { name: 'v1.a.io' })).toMatchObject({
    metadata: { labels: { 'kube-aggregator.kubernetes.io/automanaged': 'true' } },
    spec: { groupPriorityMinimum: 1000, versionPriority: 100 },
  });
  cluster.modify(DEFINITIONS, { name: 'bs.a.io' }, (draft) => {
    (draft['spec'] as Draft)['versions'] = [version('v1', true), version('v2', false)];
    return draft;
  });
  expect(names()).toEqual(['v1.a.io']);
  cluster.remove(DEFINITIONS, { name: 'bs.a.io' });
  expect(names()).toEqual([]);
});

/**
 * PersistentVolumes, holds of namespaces, and maps as the server writes them:
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/core/persistentvolume/strategy.go,
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/apis/core/validation/validation.go
 */
import { expect, test } from 'vitest';
import { refusedFields } from '../test-kit/refused-fields.ts';
import { Prng } from '../../std/prng.ts';
import { VirtualClock } from '../../std/clock.ts';
import { ApiServer } from '../apiserver/server.ts';
import { at, type Draft } from '../machinery/json.ts';
import type { Gvr } from '../machinery/cluster.ts';

const volumes: Gvr = { group: '', version: 'v1', resource: 'persistentvolumes' };
const key = { name: 'x' };
const newServer = () => {
  const clock = new VirtualClock();
  return { clock, server: new ApiServer({ clock, prng: new Prng(1) }) };
};
const spec = { capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] };
const made = (source: Draft, cluster = newServer()) => {
  cluster.server.cluster.create(volumes, { metadata: key, spec: { ...spec, ...source } } as never);
  return cluster;
};

test('A PersistentVolume says since when it has its phase, and any type of path as one', async () => {
  const { clock, server } = made({ hostPath: { path: '/data' } });
  const seen = () => server.cluster.get(volumes, key);
  expect(at(seen(), 'spec', 'hostPath')).toEqual({ path: '/data', type: '' });
  const since = at(seen(), 'status', 'lastPhaseTransitionTime');
  expect(at(seen(), 'status')).toEqual({ phase: 'Pending', lastPhaseTransitionTime: since });
  const report = (status: Draft) => server.cluster.modify(volumes, key, (draft) => ({ ...draft, status }), 'status');
  await clock.advance(5000);
  report({ phase: 'Pending', message: 'waits' });
  expect(at(seen(), 'status', 'lastPhaseTransitionTime')).toBe(since);
  report({ phase: 'Bound' });
  expect(at(seen(), 'status', 'lastPhaseTransitionTime')).not.toBe(since);
});

test('A PersistentVolume names a driver, secrets and paths that can be, and is told twice when it changes', () => {
  const csi = { driver: 'A_', volumeHandle: 'v', nodePublishSecretRef: { name: 's' } };
  expect(refusedFields(() => made({ csi }))).toEqual([
    expect.stringContaining('spec.csi.driver: Invalid value: "A_"'),
    'spec.csi.nodePublishSecretRef.namespace: Required value',
  ]);
  expect(refusedFields(() => made({ nfs: { server: 's' } }))).toEqual([
    'spec.nfs.path: Required value',
    'spec.nfs.path: Invalid value: "": must be an absolute path',
  ]);
  const { server } = made({ hostPath: { path: '/data' } });
  const wrong = 'spec.capacity[storage]: Invalid value: "0": must be greater than zero';
  const change = () =>
    server.cluster.modify(volumes, key, (draft) => {
      (draft['spec'] as Draft)['capacity'] = { storage: '0' };
      return draft;
    });
  expect(refusedFields(change)).toEqual([wrong, wrong]);
});

test('A map in a message is sorted, as the server writes maps', () => {
  const capacity = { storage: '1Gi', cpu: '1' };
  expect(refusedFields(() => made({ hostPath: { path: '/data' }, capacity }))).toEqual([
    'spec.capacity: Unsupported value: {"cpu":"1","storage":"1Gi"}: supported values: "storage"',
  ]);
  const { server } = newServer();
  const labels = { tier: 'front', app: 'web' };
  const body = {
    metadata: { name: 'x', namespace: 'default' },
    spec: {
      selector: { matchLabels: { app: 'api' } },
      template: { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'i:1' }] } },
    },
  };
  const deployments: Gvr = { group: 'apps', version: 'v1', resource: 'deployments' };
  expect(refusedFields(() => server.cluster.create(deployments, body as never))).toEqual([
    'spec.template.metadata.labels: Invalid value: {"app":"web","tier":"front"}: `selector` does not match template `labels`',
  ]);
});

test('What holds a namespace is known to the cluster or has a domain', () => {
  const { server } = newServer();
  const namespaces: Gvr = { group: '', version: 'v1', resource: 'namespaces' };
  server.cluster.create(namespaces, { metadata: { name: 'shop' } } as never);
  const hold = (...finalizers: readonly string[]) =>
    refusedFields(() =>
      server.cluster.modify(
        namespaces,
        { name: 'shop' },
        (draft) => ({ ...draft, spec: { finalizers: [...finalizers] } }),
        'finalize',
      ),
    );
  expect(hold('a.io/b', 'mine')).toEqual([
    'spec.finalizers[1]: Invalid value: "mine": name is neither a standard finalizer name nor is it fully qualified',
  ]);
  expect(hold('a.io/b', 'kubernetes')).toEqual([]);
});

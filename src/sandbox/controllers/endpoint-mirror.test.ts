import { afterEach, expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { ENDPOINT_SLICES, ENDPOINTS, SERVICES } from '../runtime/resources.ts';
import { closeWorlds, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const ports = [{ name: 'http', port: 80, protocol: 'TCP' }];
const subsets = [{ addresses: [{ ip: '192.0.2.1', hostname: 'a' }], notReadyAddresses: [{ ip: '192.0.2.2' }], ports }];

async function mirrored(metadata: Partial<KubeObject['metadata']> = {}): Promise<World> {
  const world = await World.start();
  world.create(SERVICES, { metadata: { name: 'db' }, spec: { ports: [{ port: 80 }] } });
  world.create(ENDPOINTS, { metadata: { name: 'db', ...metadata }, subsets });
  await world.pass(SECOND);
  return world;
}
const slicesOf = (world: World): readonly KubeObject[] =>
  world.list(ENDPOINT_SLICES).filter((slice) => slice.metadata.labels?.['kubernetes.io/service-name'] === 'db');

test('Endpoints that people write are mirrored', async () => {
  const annotations = { note: 'mine', 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' };
  const world = await mirrored({ labels: { team: 'x' }, annotations });
  const [slice, ...more] = slicesOf(world);
  expect(more).toEqual([]);
  expect(slice).toMatchObject({
    metadata: {
      generateName: 'db-',
      labels: {
        team: 'x',
        'kubernetes.io/service-name': 'db',
        'endpointslice.kubernetes.io/managed-by': 'endpointslicemirroring-controller.k8s.io',
      },
      ownerReferences: [
        { apiVersion: 'v1', kind: 'Endpoints', name: 'db', controller: true, blockOwnerDeletion: true },
      ],
    },
    addressType: 'IPv4',
    endpoints: [
      { addresses: ['192.0.2.1'], conditions: { ready: true }, hostname: 'a' },
      { addresses: ['192.0.2.2'], conditions: { ready: false } },
    ],
    ports,
  });
  expect(slice?.metadata.annotations).toEqual({ note: 'mine' });
});

test('a change is followed in the same slice, and other ports or families get one of their own', async () => {
  const world = await mirrored();
  const name = slicesOf(world)[0]?.metadata.name;
  world.change(ENDPOINTS, 'db', (draft) => {
    draft['subsets'] = [
      { addresses: [{ ip: '192.0.2.9' }], ports },
      { addresses: [{ ip: '2001:db8::1' }], ports },
    ];
  });
  await world.pass(SECOND);
  const shown = slicesOf(world).map(({ metadata, addressType, endpoints }) => ({
    name: metadata.name,
    addressType,
    addresses: (endpoints as { addresses: string[] }[]).map(({ addresses }) => addresses),
  }));
  expect(shown).toContainEqual({ name, addressType: 'IPv4', addresses: [['192.0.2.9']] });
  expect(shown).toContainEqual({ name: expect.any(String), addressType: 'IPv6', addresses: [['2001:db8::1']] });
  expect(shown).toHaveLength(2);
  const versions = slicesOf(world).map(({ metadata }) => metadata.resourceVersion);
  world.change(ENDPOINTS, 'db', (draft) => {
    draft.metadata.annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': '2026-01-01T00:00:00Z' };
  });
  await world.pass(SECOND);
  expect(slicesOf(world).map(({ metadata }) => metadata.resourceVersion)).toEqual(versions);
});

test.each<[string, (world: World) => void]>([
  [
    'its Service gets a selector',
    (world) =>
      world.change(SERVICES, 'db', (draft) => {
        draft['spec'].selector = { app: 'db' };
      }),
  ],
  ['its Service goes', (world) => world.sandbox.cluster.remove(SERVICES, { namespace: 'default', name: 'db' })],
  ['its Endpoints go', (world) => world.sandbox.cluster.remove(ENDPOINTS, { namespace: 'default', name: 'db' })],
  [
    'a label says so',
    (world) =>
      world.change(ENDPOINTS, 'db', (draft) => {
        draft.metadata.labels = { 'endpointslice.kubernetes.io/skip-mirror': 'true' };
      }),
  ],
])('the mirror goes when %s', async (_title, change) => {
  const world = await mirrored();
  const [before] = slicesOf(world);
  expect(before).toBeDefined();
  change(world);
  await world.pass(SECOND);
  const left = slicesOf(world).map(({ metadata }) => metadata.uid);
  expect(left).not.toContain(before?.metadata.uid);
});

test('Endpoints that a leader election left, or without a Service, are not mirrored', async () => {
  const world = await mirrored({ annotations: { 'control-plane.alpha.kubernetes.io/leader': '{}' } });
  world.create(ENDPOINTS, { metadata: { name: 'alone' }, subsets });
  await world.pass(SECOND);
  expect(world.list(ENDPOINT_SLICES)).toEqual([]);
});

import { afterEach, expect, test } from 'vitest';
import { ENDPOINT_SLICES, ENDPOINTS, NODES, PODS, SERVICES } from '../runtime/resources.ts';
import { closeWorlds, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const running = {
  phase: 'Running',
  podIP: '10.1.2.3',
  conditions: [{ type: 'Ready', status: 'True', lastTransitionTime: '2020-01-01T00:00:00Z' }],
};

test('endpoints tell which change they answer to, and a slice of nothing names no ports', async () => {
  const world = await World.start({ nodes: 0, kubelet: 'off', scheduler: 'off' });
  const { cluster } = world.sandbox;
  world.create(SERVICES, { metadata: { name: 'web' }, spec: { selector: { app: 'web' }, ports: [{ port: 80 }] } });
  await world.pass(SECOND);
  const made = world.get(SERVICES, 'web').metadata.creationTimestamp;
  const times = () =>
    [...world.list(ENDPOINT_SLICES), ...world.list(ENDPOINTS)].map(
      ({ metadata }) => metadata.annotations?.['endpoints.kubernetes.io/last-change-trigger-time'],
    );
  expect(times()).toEqual([made, made]);
  expect(world.list(ENDPOINT_SLICES)).toMatchObject([{ endpoints: null, ports: null }]);

  const place = (name: string, nodeName?: string) => {
    world.create(PODS, {
      metadata: { name, labels: { app: 'web' } },
      spec: { containers: [{ name: 'main', image: 'app:1' }], ...(nodeName === undefined ? {} : { nodeName }) },
    });
    cluster.modify(PODS, { namespace: 'default', name }, (draft) => ({ ...draft, status: running }), 'status');
  };
  // Nothing can run on a node that is not there.
  place('nowhere');
  await world.pass(SECOND);
  expect(world.list(ENDPOINT_SLICES)).toMatchObject([{ endpoints: null }]);
  cluster.create(NODES, { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } });
  place('web', 'node-1');
  await world.pass(SECOND);
  expect(world.list(ENDPOINT_SLICES)).toMatchObject([
    { endpoints: [{ targetRef: { name: 'web' } }], ports: [{ port: 80 }] },
  ]);
});

import { afterEach, expect, test } from 'vitest';
import { DEVICE_CLASSES, PODS, RESOURCE_CLAIMS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import { closeWorlds, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

async function withPod(claim: object): Promise<World> {
  const world = await World.start({ nodes: 2 });
  const containers = [{ name: 'main', image: 'train:1', resources: { claims: [{ name: 'gpu' }] } }];
  world.create(PODS, {
    metadata: { name: 'train' },
    spec: { resourceClaims: [{ name: 'gpu', ...claim }], containers },
  });
  await world.pass(5 * SECOND);
  return world;
}

const condition = (world: World) =>
  world.get<Pod>(PODS, 'train').status?.conditions?.find(({ type }) => type === 'PodScheduled');

const requests = [{ name: 'one', exactly: { deviceClassName: 'gpu.example.com' } }];

test.each([
  ['by its name', { resourceClaimName: 'gpu-1' }],
  ['of a template', { resourceClaimTemplateName: 'gpus' }],
])('a pod whose claim %s is not there waits, and nothing is told of it', async (_, claim) => {
  const world = await withPod(claim);
  expect([condition(world), world.events('train')]).toEqual([undefined, []]);
});

test('a pod waits for the class, then for devices, and goes on once they are allocated', async () => {
  const world = await withPod({ resourceClaimName: 'gpu-1' });
  world.create(RESOURCE_CLAIMS, { metadata: { name: 'gpu-1' }, spec: { devices: { requests } } });
  await world.pass(5 * SECOND);
  const helpless = 'preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.';
  expect(condition(world)?.message).toBe(
    `0/2 nodes are available: request one: device class gpu.example.com does not exist. no new claims to deallocate, ${helpless}`,
  );
  world.sandbox.cluster.create(DEVICE_CLASSES, { metadata: { name: 'gpu.example.com' }, spec: {} } as never);
  await world.pass(5 * SECOND);
  expect(condition(world)?.message).toBe(
    `0/2 nodes are available: 2 cannot allocate all claims. still not schedulable, ${helpless}`,
  );
  const status = { allocation: { devices: { results: [] } } };
  const claim = { namespace: 'default', name: 'gpu-1' };
  world.sandbox.cluster.modify(RESOURCE_CLAIMS, claim, (draft) => ({ ...draft, status }), 'status');
  await world.pass(5 * SECOND);
  expect(world.get<Pod>(PODS, 'train').status?.phase).toBe('Running');
});

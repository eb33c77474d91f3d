import { afterEach, describe, expect, test } from 'vitest';
import { CONFIG_MAPS, PODS, SECRETS } from '../runtime/resources.ts';
import { closeWorlds, MINUTE, SECOND, status, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

const CONTAINER = { name: 'main', image: 'app:1' };

function pod(world: World, container: object, fields: object = {}): void {
  world.create(PODS, { metadata: { name: 'web' }, spec: { containers: [{ ...CONTAINER, ...container }], ...fields } });
}

/** Why the first container waits. */
const waiting = (world: World) => status(world.get(PODS, 'web'))?.state?.waiting;
const isReady = (world: World): boolean => status(world.get(PODS, 'web'))?.ready === true;
const secret = (world: World, name: string, data: object): void =>
  void world.create(SECRETS, { metadata: { name }, data });
const configMap = (world: World, name: string, data: object): void =>
  void world.create(CONFIG_MAPS, { metadata: { name }, data });

describe('a container whose environment cannot be made does not start', () => {
  test.each<[string, object, string]>([
    ['a ConfigMap', { envFrom: [{ configMapRef: { name: 'c' } }] }, 'configmap "c" not found'],
    ['a Secret', { envFrom: [{ secretRef: { name: 's' } }] }, 'secret "s" not found'],
    [
      'the ConfigMap of a key',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'c', key: 'a' } } }] },
      'configmap "c" not found',
    ],
    [
      'a key of a ConfigMap',
      { env: [{ name: 'A', valueFrom: { configMapKeyRef: { name: 'there', key: 'b' } } }] },
      "couldn't find key b in ConfigMap default/there",
    ],
    [
      'a key of a Secret',
      { env: [{ name: 'A', valueFrom: { secretKeyRef: { name: 'there', key: 'b' } } }] },
      "couldn't find key b in Secret default/there",
    ],
  ])('without %s', async (_, container, message) => {
    const world = await World.start({ nodes: 1 });
    secret(world, 'there', { a: 'YQ==' });
    configMap(world, 'there', { a: 'a' });
    pod(world, container);
    await world.pass(5 * SECOND);
    expect(waiting(world)).toEqual({ reason: 'CreateContainerConfigError', message });
    expect(world.events('web')).toContain(`Failed ×1: Error: ${message}`);
  });

  test('and starts when the object is there', async () => {
    const world = await World.start({ nodes: 1 });
    pod(world, { envFrom: [{ secretRef: { name: 's' } }] });
    await world.pass(30 * SECOND);
    secret(world, 's', {});
    await world.pass(15 * SECOND);
    expect(isReady(world)).toBe(true);
    expect(status(world.get(PODS, 'web'))?.restartCount).toBe(0);
  });

  test('unless it is optional', async () => {
    const world = await World.start({ nodes: 1 });
    const optional = true;
    configMap(world, 'there', {});
    pod(world, {
      envFrom: [{ secretRef: { name: 's', optional } }, { configMapRef: { name: 'c', optional } }],
      env: [
        { name: 'A', valueFrom: { configMapKeyRef: { name: 'there', key: 'b', optional } } },
        { name: 'B', valueFrom: { secretKeyRef: { name: 's', key: 'b', optional } } },
      ],
    });
    await world.pass(5 * SECOND);
    expect(isReady(world)).toBe(true);
  });
});

describe('a pod whose volume cannot be filled is creating its containers', () => {
  const mounted = (volume: object) => ({ volumes: [{ name: 'v', ...volume }] });
  const items = [{ key: 'b', path: 'b' }];
  test.each<[string, object, string]>([
    ['a Secret', { secret: { secretName: 's' } }, 'secret "s" not found'],
    ['a ConfigMap', { configMap: { name: 'c' } }, 'configmap "c" not found'],
    ['a key of a Secret', { secret: { secretName: 'there', items } }, 'references non-existent secret key: b'],
    [
      'a key of a ConfigMap',
      { configMap: { name: 'there', items } },
      'configmap references non-existent config key: b',
    ],
    [
      'several sources of one volume',
      {
        projected: {
          sources: [{ secret: { name: 's' } }, { configMap: { name: 'c' } }, { secret: { name: 'there' } }],
        },
      },
      '[secret "s" not found, configmap "c" not found]',
    ],
  ])('without %s', async (_, volume, message) => {
    const world = await World.start({ nodes: 1 });
    secret(world, 'there', { a: 'YQ==' });
    configMap(world, 'there', { a: 'a' });
    pod(world, {}, mounted(volume));
    await world.pass(5 * SECOND);
    expect(waiting(world)).toEqual({ reason: 'ContainerCreating' });
    // Half a second, one, two: the fourth try was after three and a half.
    expect(world.events('web').at(-1)).toBe(`FailedMount ×4: MountVolume.SetUp failed for volume "v" : ${message}`);
    const { conditions, podIP } = world.get(PODS, 'web').status ?? {};
    expect(podIP).toBeUndefined();
    expect(conditions?.find(({ type }) => type === 'PodReadyToStartContainers')?.status).toBe('False');
  });

  test('and starts when the object is there, at its next try', async () => {
    const world = await World.start({ nodes: 1 });
    pod(world, {}, mounted({ secret: { secretName: 's' } }));
    await world.pass(5 * SECOND);
    secret(world, 's', {});
    await world.pass(5 * SECOND);
    expect(isReady(world)).toBe(true);
  });

  test('unless it is optional', async () => {
    const world = await World.start({ nodes: 1 });
    configMap(world, 'there', {});
    const optional = true;
    pod(
      world,
      {},
      {
        volumes: [
          { name: 'a', secret: { secretName: 's', optional } },
          { name: 'b', configMap: { name: 'there', items, optional } },
          { name: 'c', projected: { sources: [{ secret: { name: 's', optional } }] } },
        ],
      },
    );
    await world.pass(5 * SECOND);
    expect(isReady(world)).toBe(true);
  });

  test('is deleted like any other', async () => {
    const world = await World.start({ nodes: 1 });
    pod(world, {}, mounted({ secret: { secretName: 's' } }));
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'web' });
    await world.pass(MINUTE);
    expect(world.pods()).toEqual([]);
  });

  test('names the claim where a pod chose its node itself, and the claim is not there', async () => {
    const world = await World.start({ nodes: 1 });
    pod(world, {}, { nodeName: 'node-1', ...mounted({ persistentVolumeClaim: { claimName: 'data' } }) });
    await world.pass(SECOND);
    expect(world.events('web')[0]).toMatch(
      /^FailedMount ×\d: Unable to attach or mount volumes: unmounted volumes=\[v\], unattached volumes=\[\], failed to process volumes=\[v\]: error processing PVC default\/data: failed to fetch PVC from API server: persistentvolumeclaims "data" not found$/,
    );
  });
});

test('a pull secret that is missing is told of, and a public image is pulled all the same', async () => {
  const world = await World.start({ nodes: 1 });
  secret(world, 'there', {});
  pod(world, {}, { imagePullSecrets: [{ name: 'there' }, { name: 'one' }, { name: 'two' }] });
  await world.pass(5 * SECOND);
  expect(isReady(world)).toBe(true);
  expect(world.events('web')).toContain(
    'FailedToRetrieveImagePullSecret ×1: Unable to retrieve some image pull secrets (one, two); attempting to pull the image may not succeed.',
  );
});

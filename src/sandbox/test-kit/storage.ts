/** Claims, volumes, classes and pods that use them, for tests of storage. */
import { CLAIMS, NODES, PODS, STORAGE_CLASSES, VOLUMES } from '../runtime/resources.ts';
import type { PersistentVolume } from '../runtime/storage-shapes.ts';
import { ascending, type World } from './world.ts';

export const ZONE = 'topology.kubernetes.io/zone';

export function claim(world: World, name: string, spec: object = {}): void {
  world.create(CLAIMS, {
    metadata: { name },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });
}

/** What its spec has beside the usual, and its labels. */
interface VolumeShape extends Readonly<Record<string, unknown>> {
  readonly labels?: Readonly<Record<string, string>>;
}

export function volume(world: World, name: string, { labels = {}, ...spec }: VolumeShape = {}): void {
  world.sandbox.cluster.create(VOLUMES, {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, labels },
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '5Gi' },
      hostPath: { path: '/data' },
      persistentVolumeReclaimPolicy: 'Retain',
      ...spec,
    },
  });
}

export function storageClass(world: World, name: string, fields: object = {}): void {
  world.sandbox.cluster.create(STORAGE_CLASSES, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name },
    provisioner: 'volumes.sandbox.kubeskippy.io',
    ...fields,
  });
}

export const using = (name: string) => ({
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }],
});
export function pod(world: World, name: string, spec: object): void {
  world.create(PODS, {
    metadata: { name, labels: { app: name } },
    spec: { containers: [{ name: 'c', image: 'i' }], ...spec },
  });
}
export const volumeOf = (world: World, name: string): PersistentVolume => {
  const found = world.sandbox.cluster.get(VOLUMES, { name });
  if (found === undefined) throw new Error(`volume ${name} is not there`);
  return found as PersistentVolume;
};
export const boundTo = (world: World, name: string): string => world.get(CLAIMS, name).spec.volumeName ?? '';
export const phaseOf = (world: World, name: string): string | undefined => world.get(CLAIMS, name).status?.phase;
export const zoneOf = (world: World, node: string | undefined) =>
  world.sandbox.cluster.get(NODES, { name: node ?? '' })?.metadata.labels?.[ZONE];
export const message = (world: World, name: string): string | undefined =>
  world.get(PODS, name).status?.conditions?.find(({ type }) => type === 'PodScheduled')?.message;

/** The reasons of the Events about a claim. */
export const said = (world: World, name: string): readonly string[] =>
  world
    .events(name)
    .map((event) => event.split(' ')[0] ?? '')
    .sort(ascending);

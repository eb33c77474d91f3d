/**
 * A storage driver as clusters install one: it makes volumes for claims that name it, makes them larger, and deletes
 * them when they are released. It answers to the name of the sandbox's own class, and to that of every CSIDriver that
 * somebody has registered; claims of other classes wait, as on a cluster without their driver.
 * https://kubernetes-csi.github.io/docs/external-provisioner.html
 */
import { type Context, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import { fnv32a } from '../runtime/hash.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CLAIMS, CSI_DRIVERS, NODES, STORAGE_CLASSES, VOLUMES } from '../runtime/resources.ts';
import type { Node } from '../runtime/shapes.ts';
import type { Claim, PersistentVolume, StorageClass } from '../runtime/storage-shapes.ts';
import {
  allowsNode,
  claimReference,
  classNameOf,
  isFullyBound,
  requestedSize,
  SELECTED_NODE,
  volumeSize,
} from '../runtime/volume-matching.ts';
import { PROVISIONED_BY, PROVISIONER } from './volume-binder.ts';

export const OWN_DRIVER = 'volumes.sandbox.kubeskippy.io';

const ZONE = 'topology.kubernetes.io/zone';

/** Making, growing and deleting takes so long, of the order of a cloud's block storage. */
const WORK_MS = 1000;

export function startVolumeProvisioner(context: Context): void {
  new VolumeProvisioner(context).start();
}

class VolumeProvisioner {
  readonly #context: Context;
  readonly #events: Recorder;
  readonly #resizes: Recorder;
  readonly #expansions: Recorder;
  readonly #claims: WorkQueue;
  readonly #volumes: WorkQueue;
  /** When the work for a claim or a volume that was begun is done. */
  readonly #doneAt = new Map<string, number>();

  constructor(context: Context) {
    this.#context = context;
    this.#events = context.recorder(OWN_DRIVER);
    this.#resizes = context.recorder(`external-resizer ${OWN_DRIVER}`);
    this.#expansions = context.recorder('volume_expand');
    this.#claims = context.queue((key) => this.#syncClaim(key));
    this.#volumes = context.queue((key) => this.#syncVolume(key));
  }

  start(): void {
    this.#context.watch(CLAIMS, ({ type, object }) => {
      if (type === 'DELETED') this.#doneAt.delete(`claim ${keyOf(object)}`);
      else this.#claims.add(keyOf(object));
    });
    this.#context.watch(VOLUMES, ({ type, object }) => {
      if (type === 'DELETED') this.#doneAt.delete(`volume ${keyOf(object)}`);
      else this.#volumes.add(keyOf(object));
    });
    this.#context.watch(CSI_DRIVERS, () => {
      for (const claim of this.#context.list(CLAIMS)) this.#claims.add(keyOf(claim));
    });
  }

  #serves(driver: string | undefined): boolean {
    if (driver === undefined) return false;
    return driver === OWN_DRIVER || this.#context.get(CSI_DRIVERS, { name: driver }) !== undefined;
  }

  #syncClaim(key: string): void {
    const claim = this.#context.get(CLAIMS, parseKey(key));
    if (claim === undefined || claim.metadata.deletionTimestamp !== undefined) return;
    if (isFullyBound(claim)) this.#grow(key, claim);
    else if ((claim.spec.volumeName ?? '') === '') this.#provision(key, claim);
  }

  /** True once the work is done, until it is written; before, it is begun, and the key comes back. */
  #worked(work: string, [queue, key]: readonly [WorkQueue, string], begin: () => void): boolean {
    const now = this.#context.now();
    const doneAt = this.#doneAt.get(work);
    if (doneAt !== undefined && doneAt <= now) return true;
    if (doneAt === undefined) {
      begin();
      this.#doneAt.set(work, now + WORK_MS);
    }
    queue.addAt(key, doneAt ?? now + WORK_MS);
    return false;
  }

  #provision(key: string, claim: Claim): void {
    if (!this.#serves(claim.metadata.annotations?.[PROVISIONER])) return;
    const storageClass = this.#context.get(STORAGE_CLASSES, { name: classNameOf(claim) });
    if (storageClass === undefined) return;
    const chosen = claim.metadata.annotations?.[SELECTED_NODE];
    if (storageClass.volumeBindingMode === 'WaitForFirstConsumer' && chosen === undefined) return;
    const name = `pvc-${uidOf(claim)}`;
    if (this.#context.get(VOLUMES, { name }) !== undefined) return;
    const begin = (): void =>
      this.#events.normal(claim, 'Provisioning', `External provisioner is provisioning volume for claim "${key}"`);
    if (!this.#worked(`claim ${key}`, [this.#claims, key], begin)) return;
    this.#context.create(VOLUMES, volumeFor(claim, { name, storageClass, zone: this.#zone(claim, storageClass) }));
    this.#doneAt.delete(`claim ${key}`);
    this.#events.normal(claim, 'ProvisioningSucceeded', `Successfully provisioned volume ${name}`);
  }

  /** That of the node which the pod goes to; without a pod one by the claim's name, so that claims spread. */
  #zone(claim: Claim, storageClass: StorageClass): string | undefined {
    const chosen = claim.metadata.annotations?.[SELECTED_NODE];
    const zoneOf = ({ metadata }: Node): string | undefined => metadata.labels?.[ZONE];
    if (chosen !== undefined) {
      const node = this.#context.get(NODES, { name: chosen });
      return node === undefined ? undefined : zoneOf(node);
    }
    const nodes = this.#context.list(NODES).filter((node) => allowsNode(storageClass, node));
    const zones = [...new Set(nodes.map(zoneOf))].filter((zone) => zone !== undefined).sort();
    return zones[fnv32a(claim.metadata.name) % Math.max(1, zones.length)];
  }

  #grow(key: string, claim: Claim): void {
    const volume = this.#context.get(VOLUMES, { name: claim.spec.volumeName ?? '' });
    if (volume === undefined || requestedSize(claim) <= volumeSize(volume)) return;
    if (!this.#serves(volume.metadata.annotations?.[PROVISIONED_BY])) return;
    const begin = (): void => {
      const waiting = 'waiting for an external controller to expand this PVC';
      this.#expansions.normal(claim, 'ExternalExpanding', waiting);
      this.#resizes.normal(claim, 'Resizing', `External resizer is resizing volume ${volume.metadata.name}`);
    };
    if (!this.#worked(`claim ${key}`, [this.#claims, key], begin)) return;
    const capacity = { storage: claim.spec.resources?.requests?.storage };
    this.#context.modify(VOLUMES, volume, (draft) => {
      draft['spec'].capacity = capacity;
      return draft;
    });
    this.#context.modifyStatus(CLAIMS, claim, (draft) => ({ ...draft, status: { ...draft['status'], capacity } }));
    this.#doneAt.delete(`claim ${key}`);
    this.#resizes.normal(claim, 'VolumeResizeSuccessful', 'Resize volume succeeded');
  }

  #syncVolume(key: string): void {
    const volume = this.#context.get(VOLUMES, parseKey(key));
    if (volume === undefined || volume.metadata.deletionTimestamp !== undefined) return;
    const { persistentVolumeReclaimPolicy: policy } = volume.spec;
    if (volume.status?.phase !== 'Released' || policy !== 'Delete') return;
    if (!this.#serves(volume.metadata.annotations?.[PROVISIONED_BY])) return;
    if (this.#worked(`volume ${key}`, [this.#volumes, key], () => {}))
      this.#context.cluster.remove(VOLUMES, { name: key });
  }
}

function volumeFor(
  claim: Claim,
  {
    name,
    storageClass,
    zone,
  }: { readonly name: string; readonly storageClass: StorageClass; readonly zone: string | undefined },
): PersistentVolume & { readonly apiVersion: string; readonly kind: string } {
  const { accessModes = [], resources, volumeMode } = claim.spec;
  const { provisioner, reclaimPolicy = 'Delete', mountOptions } = storageClass;
  const matchExpressions = [{ key: ZONE, operator: 'In' as const, values: [zone ?? ''] }];
  return {
    apiVersion: 'v1',
    kind: 'PersistentVolume',
    metadata: { name, annotations: { [PROVISIONED_BY]: provisioner } },
    spec: {
      accessModes,
      capacity: { storage: resources?.requests?.storage ?? '0' },
      claimRef: claimReference(claim),
      csi: { driver: provisioner, volumeHandle: name },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: storageClass.metadata.name,
      ...(volumeMode !== undefined && { volumeMode }),
      ...(mountOptions !== undefined && { mountOptions }),
      ...(zone !== undefined && { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } }),
    },
  };
}

/** The class for claims that name none, as in clusters that come ready to use. */
export const standardClass = {
  apiVersion: 'storage.k8s.io/v1',
  kind: 'StorageClass',
  metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
  provisioner: OWN_DRIVER,
  reclaimPolicy: 'Delete',
  volumeBindingMode: 'WaitForFirstConsumer',
  allowVolumeExpansion: true,
};

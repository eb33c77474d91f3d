/**
 * Whether the volumes of a pod can be had on a node: bound ones must be reachable from there, others must be found or
 * be makeable there. https://kubernetes.io/docs/concepts/storage/storage-classes/#volume-binding-mode
 */
import type { Node, Pod } from '../runtime/shapes.ts';
import type { Claim, PersistentVolume, StorageClass } from '../runtime/storage-shapes.ts';
import { claimNameOf } from '../runtime/volume-claims.ts';
import {
  allowsNode,
  classNameOf,
  findVolume,
  isFullyBound,
  NO_PROVISIONER,
  reachedFrom,
  requestedSize,
  SELECTED_NODE,
} from '../runtime/volume-matching.ts';

export interface StorageSight {
  readonly claim: (namespace: string, name: string) => Claim | undefined;
  readonly volume: (name: string) => PersistentVolume | undefined;
  readonly volumes: () => readonly PersistentVolume[];
  readonly storageClass: (name: string) => StorageClass | undefined;
  /** Whether another pod on some node has the claim. */
  readonly inUse: (claim: Claim, pod: Pod) => boolean;
}

/** What is to be written before the pod can go to its node. */
export interface Bindings {
  /** Volumes that are there. */
  readonly found: readonly (readonly [PersistentVolume, Claim])[];
  /** Claims whose volume is to be made there. */
  readonly made: readonly Claim[];
}

const NO_AFFINITY = "node(s) didn't match PersistentVolume's node affinity";
const NO_VOLUME = "node(s) didn't find available persistent volumes to bind";
const GONE = 'node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)';
const IN_USE =
  'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod';

export class VolumeRules {
  readonly #sight: StorageSight;
  /** Why the pod can go nowhere, whatever the node. */
  readonly blocked: string | undefined;
  readonly #bound: Claim[] = [];
  readonly #delayed: Claim[] = [];
  #inUse = false;

  constructor(pod: Pod, sight: StorageSight) {
    this.#sight = sight;
    this.blocked = this.#look(pod);
  }

  refusal(node: Node): { readonly reasons: readonly string[]; readonly curable: boolean } | undefined {
    if (this.#inUse) return { reasons: [IN_USE], curable: true };
    if (this.#bound.length + this.#delayed.length === 0) return undefined;
    const volumes = this.#bound.map(({ spec }) => this.#sight.volume(spec.volumeName ?? ''));
    const reasons = [
      ...(volumes.some((volume) => volume !== undefined && !reachedFrom(volume, node)) ? [NO_AFFINITY] : []),
      ...(this.bindings(node) === undefined ? [NO_VOLUME] : []),
      ...(volumes.includes(undefined) ? [GONE] : []),
    ];
    return reasons.length > 0 ? { reasons, curable: false } : undefined;
  }

  /** Undefined where some claim can have no volume there. The smallest claims choose first. */
  bindings(node: Node): Bindings | undefined {
    const found: (readonly [PersistentVolume, Claim])[] = [];
    const made: Claim[] = [];
    const taken = new Set<string>();
    for (const claim of this.#delayed) {
      const chosen = claim.metadata.annotations?.[SELECTED_NODE];
      if (chosen !== undefined && chosen !== node.metadata.name) return undefined;
      const volume =
        chosen === undefined ? findVolume(claim, this.#sight.volumes(), { node, delayed: true, taken }) : undefined;
      if (volume !== undefined) {
        taken.add(volume.metadata.name);
        found.push([volume, claim]);
      } else if (this.#isMakeable(claim, node)) made.push(claim);
      else return undefined;
    }
    return { found, made };
  }

  #isMakeable(claim: Claim, node: Node): boolean {
    const storageClass = this.#sight.storageClass(classNameOf(claim));
    if (storageClass === undefined || storageClass.provisioner === NO_PROVISIONER) return false;
    return allowsNode(storageClass, node);
  }

  #look(pod: Pod): string | undefined {
    const { namespace = '' } = pod.metadata;
    let waits = false;
    for (const volume of pod.spec.volumes ?? []) {
      const name = claimNameOf(volume, pod);
      if (name === undefined) continue;
      const claim = this.#sight.claim(namespace, name);
      const wrong = claim === undefined ? missing(name, volume.ephemeral) : trouble(claim);
      if (claim === undefined || wrong !== undefined) return wrong;
      if (claim.spec.accessModes?.includes('ReadWriteOncePod') === true && this.#sight.inUse(claim, pod))
        this.#inUse = true;
      if (isFullyBound(claim)) this.#bound.push(claim);
      else if (this.#isDelayed(claim)) this.#delayed.push(claim);
      else waits = true;
    }
    this.#delayed.sort((a, b) => Number(requestedSize(a) - requestedSize(b)));
    return waits ? 'pod has unbound immediate PersistentVolumeClaims' : undefined;
  }

  #isDelayed(claim: Claim): boolean {
    const storageClass = this.#sight.storageClass(classNameOf(claim));
    return storageClass?.volumeBindingMode === 'WaitForFirstConsumer' && (claim.spec.volumeName ?? '') === '';
  }
}

const missing = (name: string, ephemeral: unknown): string =>
  ephemeral === undefined
    ? `persistentvolumeclaim "${name}" not found`
    : `waiting for ephemeral volume controller to create the persistentvolumeclaim "${name}"`;

function trouble({ metadata, spec, status }: Claim): string | undefined {
  if (status?.phase === 'Lost')
    return `persistentvolumeclaim "${metadata.name}" bound to non-existent persistentvolume "${spec.volumeName ?? ''}"`;
  return metadata.deletionTimestamp === undefined
    ? undefined
    : `persistentvolumeclaim "${metadata.name}" is being deleted`;
}

/**
 * What is on the volumes of claims, since nothing writes to them here. It stands in the annotation
 * `sandbox.kubeskippy.io/volume` of a PersistentVolumeClaim, as YAML or JSON; times count from the claim's creation,
 * and a kubelet reports a claim while a running pod mounts it:
 *
 *     {used: {from: 1Gi, growth: 10Mi}, inodesUsed: {from: 1000, growth: 1, max: 5000}}
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { parseQuantity } from '../runtime/amounts.ts';
import { parseCurves } from './script.ts';
import { along } from './usage.ts';

export const VOLUME_ANNOTATION = 'sandbox.kubeskippy.io/volume';

/** Bytes and numbers of files. */
export interface VolumeUse {
  readonly namespace: string;
  readonly claim: string;
  readonly capacity: number;
  readonly used: number;
  readonly inodes: number;
  readonly inodesUsed: number;
}

/** mkfs.ext4 makes an inode for so many bytes. */
const BYTES_PER_INODE = 16_384;

interface Claim extends KubeObject {
  readonly spec?: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly capacity?: { readonly storage?: string } };
}

/** Undefined for a claim without the annotation or a size. */
export function volumeUse(claim: Claim, now: number): VolumeUse | undefined {
  const text = claim.metadata.annotations?.[VOLUME_ANNOTATION];
  const capacity = parseQuantity(claim.status?.capacity?.storage ?? claim.spec?.resources?.requests?.storage);
  if (text === undefined || capacity === undefined) return undefined;
  const { used, inodesUsed } = parseCurves(text, ['used', 'inodesUsed']);
  const seconds = (now - (fromTimestamp(claim.metadata.creationTimestamp) ?? now)) / 1000;
  const inodes = Math.floor(capacity / BYTES_PER_INODE);
  return {
    namespace: claim.metadata.namespace ?? '',
    claim: claim.metadata.name,
    capacity,
    used: Math.min(capacity, Math.round(along(used, 0, seconds))),
    inodes,
    inodesUsed: Math.min(inodes, Math.round(along(inodesUsed, 0, seconds))),
  };
}

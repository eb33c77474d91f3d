/**
 * Which volume serves a claim.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
import { parseQuantity } from '../../std/quantity.ts';
import { matchesTerm } from './node-fit.ts';
import { selects } from './selectors.ts';
import type { Node } from './shapes.ts';
import type { Claim, PersistentVolume, StorageClass } from './storage-shapes.ts';

export const BOUND_BY_CONTROLLER = 'pv.kubernetes.io/bound-by-controller';
export const BIND_COMPLETED = 'pv.kubernetes.io/bind-completed';
export const SELECTED_NODE = 'volume.kubernetes.io/selected-node';
const OLD_CLASS = 'volume.beta.kubernetes.io/storage-class';

/** Its volumes are made by people alone. */
export const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** Undefined: none was asked for. Empty: none is wanted. */
export const askedClass = ({ metadata, spec }: Claim): string | undefined =>
  metadata.annotations?.[OLD_CLASS] ?? spec.storageClassName;

export const classNameOf = (claim: Claim): string => askedClass(claim) ?? '';

const volumeClassOf = ({ metadata, spec }: PersistentVolume): string =>
  metadata.annotations?.[OLD_CLASS] ?? spec.storageClassName ?? '';

const sizeOf = (text: string | undefined): bigint => parseQuantity(text ?? '0')?.nano ?? 0n;
export const requestedSize = ({ spec }: Claim): bigint => sizeOf(spec.resources?.requests?.storage);
export const volumeSize = ({ spec }: PersistentVolume): bigint => sizeOf(spec.capacity?.storage);

/** Whether the volume is meant for this claim, and for no older one of that name. */
export function isBoundTo({ spec: { claimRef } }: PersistentVolume, { metadata }: Claim): boolean {
  if (claimRef?.name !== metadata.name || claimRef.namespace !== metadata.namespace) return false;
  return claimRef.uid === undefined || claimRef.uid === '' || claimRef.uid === metadata.uid;
}

/** A claim is bound once both sides say so. */
export const isFullyBound = ({ metadata, spec }: Claim): boolean =>
  (spec.volumeName ?? '') !== '' && metadata.annotations?.[BIND_COMPLETED] !== undefined;

export function reachedFrom({ spec }: PersistentVolume, node: Node): boolean {
  const required = spec.nodeAffinity?.required;
  return required === undefined || (required.nodeSelectorTerms ?? []).some((term) => matchesTerm(term, node));
}

const modeOf = (spec: { readonly volumeMode?: string }): string => spec.volumeMode ?? 'Filesystem';
export const modesDiffer = (claim: Claim, volume: PersistentVolume): boolean =>
  modeOf(claim.spec) !== modeOf(volume.spec);

const hasAccessModes = (claim: Claim, volume: PersistentVolume): boolean =>
  (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode) === true);

const attributesOf = (spec: { readonly volumeAttributesClassName?: string }): string =>
  spec.volumeAttributesClassName ?? '';

/** Why the volume that a claim names is not for it; undefined when it is. */
export function mismatch(volume: PersistentVolume, claim: Claim): string | undefined {
  if (volume.metadata.deletionTimestamp !== undefined)
    return `the volume is marked for deletion "${volume.metadata.name}"`;
  if (volumeSize(volume) < requestedSize(claim)) return 'requested PV is too small';
  if (volumeClassOf(volume) !== classNameOf(claim)) return 'storageClassName does not match';
  if (attributesOf(volume.spec) !== attributesOf(claim.spec)) return 'volumeAttributesClassName does not match';
  if (modesDiffer(claim, volume)) return 'incompatible volumeMode';
  return hasAccessModes(claim, volume) ? undefined : 'incompatible accessMode';
}

export interface Wanted {
  /** A volume must be reachable from there. */
  readonly node?: Node;
  /** Whether the scheduler chooses: then, without a node, a volume is found only if it is meant for the claim. */
  readonly delayed: boolean;
  /** Names of volumes that are taken already. */
  readonly taken?: ReadonlySet<string>;
}

/** The volume that is meant for the claim, or the smallest that will do. */
export function findVolume(
  claim: Claim,
  volumes: readonly PersistentVolume[],
  { node, delayed, taken }: Wanted,
): PersistentVolume | undefined {
  let smallest: PersistentVolume | undefined;
  for (const volume of volumes) {
    const { metadata, spec } = volume;
    const meant = isBoundTo(volume, claim);
    if (taken?.has(metadata.name) === true || (spec.claimRef !== undefined && !meant)) continue;
    if (volumeSize(volume) < requestedSize(claim) || modesDiffer(claim, volume)) continue;
    if (attributesOf(spec) !== attributesOf(claim.spec) || metadata.deletionTimestamp !== undefined) continue;
    const reached = node === undefined || reachedFrom(volume, node);
    if (meant) return reached ? volume : undefined;
    if (node === undefined && delayed) continue;
    if (volume.status?.phase !== 'Available' || !reached) continue;
    if (claim.spec.selector !== undefined && !selects(claim.spec.selector, metadata.labels)) continue;
    if (volumeClassOf(volume) !== classNameOf(claim) || !hasAccessModes(claim, volume)) continue;
    if (smallest === undefined || volumeSize(volume) < volumeSize(smallest)) smallest = volume;
  }
  return smallest;
}

/** What a volume says of the claim that it is for. */
export const claimReference = ({ metadata }: Claim) => ({
  kind: 'PersistentVolumeClaim',
  namespace: metadata.namespace ?? '',
  name: metadata.name,
  uid: metadata.uid ?? '',
  apiVersion: 'v1',
  resourceVersion: metadata.resourceVersion ?? '',
});

/** Whether volumes of the class may be made where the node is. */
export const allowsNode = ({ allowedTopologies = [] }: StorageClass, { metadata: { labels } }: Node): boolean =>
  allowedTopologies.length === 0 ||
  allowedTopologies.some(({ matchLabelExpressions = [] }) =>
    matchLabelExpressions.every(({ key, values }) => values.includes(labels?.[key] ?? '')),
  );

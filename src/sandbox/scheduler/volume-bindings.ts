/**
 * What the scheduler writes so that the volumes of a pod come to its node, and whether they have come. Until then the
 * pod has its place, but not its node.
 */
import { type Context, objectKey } from '../runtime/context.ts';
import { CLAIMS, PODS, STORAGE_CLASSES, VOLUMES } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import type { Claim } from '../runtime/storage-shapes.ts';
import { claimNameOf } from '../runtime/volume-claims.ts';
import { BOUND_BY_CONTROLLER, claimReference, isFullyBound, SELECTED_NODE } from '../runtime/volume-matching.ts';
import { homeOf } from './pod-counts.ts';
import type { Bindings, StorageSight } from './volume-rules.ts';

export const claimsOf = (pod: Pod): readonly string[] =>
  (pod.spec.volumes ?? []).flatMap((volume) => claimNameOf(volume, pod) ?? []);

export const storageSight = (context: Context): StorageSight => ({
  claim: (namespace, name) => context.get(CLAIMS, { namespace, name }),
  volume: (name) => context.get(VOLUMES, { name }),
  volumes: () => context.list(VOLUMES),
  storageClass: (name) => (name === '' ? undefined : context.get(STORAGE_CLASSES, { name })),
  inUse: ({ metadata: { name, namespace } }, pod) =>
    context
      .list(PODS, namespace)
      .some(
        (other) =>
          other.metadata.uid !== pod.metadata.uid && homeOf(other) !== undefined && claimsOf(other).includes(name),
      ),
});

/** Asks for the volumes. What was written before a crash is found again at the next look. */
export function writeBindings(context: Context, { found, made }: Bindings, node: string): void {
  for (const [volume, claim] of found)
    context.modify(VOLUMES, volume, (draft) => {
      if (draft['spec'].claimRef?.uid === claim.metadata.uid) return undefined;
      const meant = draft['spec'].claimRef !== undefined;
      draft['spec'].claimRef = claimReference(claim);
      if (!meant) draft.metadata.annotations = { ...draft.metadata.annotations, [BOUND_BY_CONTROLLER]: 'yes' };
      return draft;
    });
  for (const claim of made)
    context.modify(CLAIMS, claim, (draft) => {
      draft.metadata.annotations = { ...draft.metadata.annotations, [SELECTED_NODE]: node };
      return draft;
    });
}

/** `refused`: whoever was to make a volume gave the node back, and another one may be chosen. */
export function bindingState(context: Context, pod: Pod, node: string): 'bound' | 'coming' | 'refused' {
  let state: 'bound' | 'coming' = 'bound';
  for (const name of claimsOf(pod)) {
    const claim: Claim | undefined = context.get(CLAIMS, { ...objectKey(pod), name });
    if (claim === undefined) return 'refused';
    if (isFullyBound(claim)) continue;
    state = 'coming';
    const chosen = claim.metadata.annotations?.[SELECTED_NODE];
    if (chosen === node) continue;
    const found = context.list(VOLUMES).some(({ spec }) => spec.claimRef?.uid === claim.metadata.uid);
    if (!found) return 'refused';
  }
  return state;
}

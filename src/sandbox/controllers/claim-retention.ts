/**
 * Which claims of a StatefulSet go with it, or with the pod that is scaled away: by who owns them, for the garbage
 * collector to follow.
 * https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
import type { KubeObject, OwnerReference } from '../../shapes/kube.ts';
import { equalJson } from '../machinery/json.ts';
import { type Context, uidOf } from '../runtime/context.ts';
import { CLAIMS } from '../runtime/resources.ts';
import type { Pod, StatefulSet } from '../runtime/shapes.ts';
import { claimsOf } from './stateful-set-pod.ts';

const reference = (owner: KubeObject, apiVersion: string, kind: string): OwnerReference => ({
  apiVersion,
  kind,
  name: owner.metadata.name,
  uid: uidOf(owner),
  controller: true,
  blockOwnerDeletion: true,
});

/** `place`: whether the pod's number is among those that the set is to have. */
export function retainClaims(
  context: Context,
  set: StatefulSet,
  { pod, ordinal, place }: { readonly pod: Pod; readonly ordinal: number; readonly place: 'kept' | 'condemned' },
): void {
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const withPod = whenScaled === 'Delete' && place === 'condemned';
  const withSet = whenDeleted === 'Delete' && !withPod;
  for (const wanted of claimsOf(set, ordinal)) {
    const claim = context.get(CLAIMS, { namespace: set.metadata.namespace ?? '', name: wanted.metadata.name });
    if (claim === undefined) continue;
    const others = (claim.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== uidOf(set) && uid !== uidOf(pod));
    const owners = [
      ...others,
      ...(withSet ? [reference(set, 'apps/v1', 'StatefulSet')] : []),
      ...(withPod ? [reference(pod, 'v1', 'Pod')] : []),
    ];
    if (equalJson(owners, claim.metadata.ownerReferences ?? [])) continue;
    context.modify(CLAIMS, claim, (draft) => {
      if (owners.length > 0) draft.metadata.ownerReferences = owners;
      else delete draft.metadata.ownerReferences;
      return draft;
    });
  }
}

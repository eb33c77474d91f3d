/**
 * Claims go once no pod uses them.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { keyText } from '../machinery/store.ts';
import { type Context, keyOf, parseKey } from '../runtime/context.ts';
import { isPodFinished } from '../runtime/pods.ts';
import { CLAIMS, PODS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';

const FINALIZER = 'kubernetes.io/pvc-protection';

interface ClaimVolume {
  readonly persistentVolumeClaim?: { readonly claimName?: string };
}

function claimsOf(pod: Pod): readonly string[] {
  const { volumes = [] } = pod.spec as { readonly volumes?: readonly ClaimVolume[] };
  return volumes.flatMap(({ persistentVolumeClaim }) =>
    persistentVolumeClaim?.claimName ? [persistentVolumeClaim.claimName] : [],
  );
}

/** A pod that no node has yet cannot have mounted its claims. */
const mayUse = (pod: Pod): boolean => !isPodFinished(pod) && Boolean(pod.spec.nodeName);

export function startClaimProtection(context: Context): void {
  const isHeld = (claim: KubeObject): boolean =>
    claim.metadata.deletionTimestamp !== undefined && claim.metadata.finalizers?.includes(FINALIZER) === true;
  const queue = context.queue((key) => {
    const { namespace, name } = parseKey(key);
    const claim = context.get(CLAIMS, { name, ...(namespace === undefined ? {} : { namespace }) });
    if (claim === undefined || !isHeld(claim)) return;
    // Claims are deleted rarely: no index of their users is kept.
    if (context.list(PODS, namespace).some((pod) => mayUse(pod) && claimsOf(pod).includes(name))) return;
    context.modify(CLAIMS, claim, (draft) => {
      draft.metadata.finalizers = draft.metadata.finalizers.filter((finalizer: string) => finalizer !== FINALIZER);
      return draft;
    });
  });
  context.watch(CLAIMS, ({ object }) => {
    if (isHeld(object)) queue.add(keyOf(object));
  });
  context.watch(PODS, ({ type, object }) => {
    if (type === 'ADDED' || (type === 'MODIFIED' && !isPodFinished(object))) return;
    for (const claim of claimsOf(object)) queue.add(keyText(object.metadata.namespace, claim));
  });
}

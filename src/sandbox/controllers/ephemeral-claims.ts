/**
 * The claims of volumes that live as long as their pod.
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/#generic-ephemeral-volumes
 */
import { type Context, controllerRef, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import { isTerminating } from '../runtime/pods.ts';
import { CLAIMS, PODS } from '../runtime/resources.ts';
import { claimNameOf } from '../runtime/volume-claims.ts';

export function startEphemeralClaims(context: Context): void {
  const events = context.recorder('ephemeral_volume');
  const queue = context.queue((key) => {
    const pod = context.get(PODS, parseKey(key));
    if (pod === undefined || isTerminating(pod)) return;
    const namespace = pod.metadata.namespace ?? '';
    for (const volume of pod.spec.volumes ?? []) {
      const template = volume.ephemeral?.volumeClaimTemplate;
      const name = claimNameOf(volume, pod);
      if (template === undefined || name === undefined) continue;
      const present = context.get(CLAIMS, { namespace, name });
      if (present === undefined)
        context.create(CLAIMS, {
          apiVersion: 'v1',
          kind: 'PersistentVolumeClaim',
          metadata: { ...template.metadata, name, namespace, ownerReferences: [controllerRef(PODS, pod)] },
          spec: template.spec,
        });
      else if (present.metadata.ownerReferences?.some(({ uid }) => uid === uidOf(pod)) !== true)
        events.warning(
          pod,
          'ConflictingPVC',
          `PVC "${namespace}/${name}" was not created for pod "${namespace}/${pod.metadata.name}" (pod is not owner)`,
        );
    }
  });
  context.watch(PODS, ({ type, object }) => {
    if (type === 'ADDED' && (object.spec.volumes ?? []).some(({ ephemeral }) => ephemeral !== undefined))
      queue.add(keyOf(object));
  });
}

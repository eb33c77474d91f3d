/** Which claim a volume of a pod is. */
import type { Pod } from './shapes.ts';
import type { Volume } from './source-shapes.ts';

/** The claim that is made for a volume `ephemeral` is named after the pod. */
export function claimNameOf({ name, persistentVolumeClaim, ephemeral }: Volume, pod: Pod): string | undefined {
  return persistentVolumeClaim?.claimName ?? (ephemeral === undefined ? undefined : `${pod.metadata.name}-${name}`);
}

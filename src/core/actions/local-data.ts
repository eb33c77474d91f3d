/**
 * Data that goes with its pod. A pod that is evicted comes back without it, so that it stays unless people have said
 * that it may go, as `kubectl drain` asks with `--delete-emptydir-data`.
 * https://kubernetes.io/docs/concepts/storage/volumes/#emptydir
 * https://kubernetes.io/docs/concepts/storage/ephemeral-volumes/
 */
import type { KubeObject } from '../../shapes/kube.ts';

interface LocalVolume {
  readonly name: string;
  readonly emptyDir?: object | null;
  readonly ephemeral?: object;
}

/** The volumes of the pod whose data goes with it, for people; undefined when there are none. */
export function localDataOf(pod: KubeObject): string | undefined {
  const { volumes = [] } = (pod['spec'] ?? {}) as { readonly volumes?: readonly LocalVolume[] };
  const local = volumes.filter(({ emptyDir, ephemeral }) => emptyDir !== undefined || ephemeral !== undefined);
  if (local.length === 0) return undefined;
  const names = local.map(({ name }) => name).join(', ');
  return `the data of ${local.length === 1 ? 'its volume' : 'its volumes'} ${names} would go with it`;
}

/**
 * Volumes go once no claim is bound to them.
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#storage-object-in-use-protection
 */
import { type Context, keyOf, parseKey } from '../runtime/context.ts';
import { VOLUMES } from '../runtime/resources.ts';

const FINALIZER = 'kubernetes.io/pv-protection';

export function startVolumeProtection(context: Context): void {
  const queue = context.queue((key) => {
    const volume = context.get(VOLUMES, parseKey(key));
    const held = volume?.metadata.finalizers?.includes(FINALIZER) === true;
    if (volume?.metadata.deletionTimestamp === undefined || !held || volume.status?.phase === 'Bound') return;
    context.modify(VOLUMES, volume, (draft) => {
      draft.metadata.finalizers = draft.metadata.finalizers.filter((finalizer: string) => finalizer !== FINALIZER);
      return draft;
    });
  });
  context.watch(VOLUMES, ({ object }) => {
    if (object.metadata.deletionTimestamp !== undefined) queue.add(keyOf(object));
  });
}

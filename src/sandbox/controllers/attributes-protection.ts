/**
 * VolumeAttributesClasses go once no claim and no volume has one. After
 * k8s.io/kubernetes/pkg/controller/volume/vacprotection.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { type Context, parseKey } from '../runtime/context.ts';
import { ATTRIBUTES_CLASSES, CLAIMS, VOLUMES } from '../runtime/resources.ts';
import type { Claim, PersistentVolume } from '../runtime/storage-shapes.ts';

const FINALIZER = 'kubernetes.io/vac-protection';

const namedBy = (claim: Claim): readonly (string | undefined)[] => [
  claim.spec.volumeAttributesClassName,
  claim.status?.currentVolumeAttributesClassName,
  claim.status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
];
const ofVolume = (volume: PersistentVolume): readonly (string | undefined)[] => [volume.spec.volumeAttributesClassName];

export function startAttributesProtection(context: Context): void {
  const isHeld = ({ metadata }: KubeObject): boolean =>
    metadata.deletionTimestamp !== undefined && metadata.finalizers?.includes(FINALIZER) === true;
  const queue = context.queue((key) => {
    const { name } = parseKey(key);
    const held = context.get(ATTRIBUTES_CLASSES, { name });
    if (held === undefined || !isHeld(held)) return;
    // Classes are deleted rarely: no index of their users is kept.
    if (context.list(VOLUMES).some((volume) => ofVolume(volume).includes(name))) return;
    if (context.list(CLAIMS).some((claim) => namedBy(claim).includes(name))) return;
    context.modify(ATTRIBUTES_CLASSES, held, (draft) => {
      draft.metadata.finalizers = draft.metadata.finalizers.filter((finalizer: string) => finalizer !== FINALIZER);
      return draft;
    });
  });
  const look = (names: readonly (string | undefined)[]) => {
    for (const name of names) if (name) queue.add(name);
  };
  context.watch(ATTRIBUTES_CLASSES, ({ object }) => {
    if (isHeld(object)) queue.add(object.metadata.name);
  });
  context.watch(CLAIMS, ({ object, old }) => look([...namedBy(object), ...(old ? namedBy(old) : [])]));
  context.watch(VOLUMES, ({ object, old }) => look([...ofVolume(object), ...(old ? ofVolume(old) : [])]));
}

/**
 * A claim that stays pending, and the volumes that it could have. The rules take a claim apart in the order in which
 * the binder does: class, then selector, access modes, size, and whether another claim has the volume.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/controller/volume/persistentvolume/index.go
 */
import { fromTimestamp } from '../../../../std/clock.ts';
import { type Evidence, eventEvidence, fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause, Cures } from '../../finding.ts';
import type { ClaimObject, VolumeObject } from '../../objects.ts';
import { matches } from '../../selectors.ts';
import type { Snapshot } from '../../snapshot.ts';
import { amount, exceeds, heard } from '../facts.ts';
import { OTHER_OBJECT } from '../cures.ts';

export type Obstacle = 'class' | 'selector' | 'modes' | 'size' | 'taken' | 'none there' | 'provisioner';

export interface Pending {
  readonly obstacle: Obstacle;
  readonly text: string;
  readonly volume?: VolumeObject;
}

const classOf = (spec: { readonly storageClassName?: string } | undefined): string => spec?.storageClassName ?? '';

/** Why a pending claim has no volume; undefined when it is bound, or waits for its first pod. */
export function pendingOf(claim: ClaimObject, snapshot: Snapshot): Pending | undefined {
  const { spec, status, metadata } = claim;
  if ((status?.phase ?? 'Bound') !== 'Pending') return undefined;
  const name = classOf(spec);
  const sort = name === '' ? undefined : snapshot.find('StorageClass', { name });
  if (spec?.volumeName !== undefined && spec.volumeName !== '') {
    const volume = snapshot.find('PersistentVolume', { name: spec.volumeName });
    const taken = volume && takenBy(volume, claim);
    if (taken !== undefined)
      return { obstacle: 'taken', ...given2(volume), text: `volume ${spec.volumeName} is bound to claim ${taken}` };
  }
  const failed = heard(snapshot, claim, { reasons: ['ProvisioningFailed'], message: /^(?!.*not found)([\s\S]+)$/ });
  if (failed !== undefined) return { obstacle: 'provisioner', text: failed.groups[0] ?? '' };
  if (!snapshot.sees('PersistentVolume')) return undefined;
  const volumes = snapshot.all('PersistentVolume').filter(({ status: of }) => of?.phase !== 'Failed');
  const ofClass = volumes.filter((volume) => classOf(volume.spec) === name);
  if (ofClass.length === 0) {
    // A provisioner makes one, or a pod has to come first.
    if (sort !== undefined && !(sort.provisioner ?? '').endsWith('/no-provisioner')) return undefined;
    if (sort?.volumeBindingMode === 'WaitForFirstConsumer') return undefined;
    if (name !== '' && sort === undefined && snapshot.sees('StorageClass'))
      return { obstacle: 'class', text: `there is no StorageClass ${name}` };
    const other = volumes.find(({ spec: of }) => of?.claimRef === undefined);
    return other === undefined
      ? { obstacle: 'none there', text: `there is no volume of class "${name}"` }
      : {
          obstacle: 'class',
          volume: other,
          text: `it asks for class "${name}", and volume ${other.metadata.name} has class "${classOf(other.spec)}"`,
        };
  }
  const selector = spec?.selector;
  const selected = ofClass.filter((volume) => selector === undefined || matches(selector, volume.metadata.labels));
  const [first] = ofClass;
  if (selected.length === 0 && first !== undefined)
    return {
      obstacle: 'selector',
      volume: first,
      text: `its selector matches none of the volumes of its class, for example not ${first.metadata.name}`,
    };
  const modes = spec?.accessModes ?? [];
  const fitting = selected.filter(({ spec: of }) => modes.every((mode) => (of?.accessModes ?? []).includes(mode)));
  const [moded] = selected;
  if (fitting.length === 0 && moded !== undefined)
    return {
      obstacle: 'modes',
      volume: moded,
      text: `it asks for ${modes.join(', ')}, and volume ${moded.metadata.name} has ${(moded.spec?.accessModes ?? []).join(', ')}`,
    };
  const wanted = amount(spec?.resources?.requests?.['storage']);
  const large = fitting.filter(({ spec: of }) => !exceeds(wanted, amount(of?.capacity?.['storage'])));
  const [small] = fitting;
  if (large.length === 0 && small !== undefined)
    return {
      obstacle: 'size',
      volume: small,
      text: `it asks for ${spec?.resources?.requests?.['storage']}, and volume ${small.metadata.name} has ${small.spec?.capacity?.['storage']}`,
    };
  const [whole] = large;
  const holder = whole && takenBy(whole, claim);
  if (whole !== undefined && large.every((volume) => takenBy(volume, claim) !== undefined))
    return { obstacle: 'taken', volume: whole, text: `volume ${whole.metadata.name} is bound to claim ${holder}` };
  return metadata.deletionTimestamp === undefined ? undefined : { obstacle: 'none there', text: 'it is being deleted' };
}

const given2 = (volume: VolumeObject | undefined) => (volume === undefined ? {} : { volume });

/** The other claim that has the volume. A released volume keeps its claim, and is not bound again by itself. */
function takenBy({ spec, status }: VolumeObject, { metadata }: ClaimObject): string | undefined {
  const { claimRef } = spec ?? {};
  if (claimRef === undefined) return status?.phase === 'Released' ? 'that is gone' : undefined;
  const own = claimRef.name === metadata.name && claimRef.namespace === metadata.namespace;
  // The binder compares UIDs: the volume belongs to a claim of this name that was deleted.
  const other = claimRef.uid !== undefined && metadata.uid !== undefined && claimRef.uid !== metadata.uid;
  return own && !other && status?.phase !== 'Released' ? undefined : `${claimRef.namespace}/${claimRef.name}`;
}

/** A status that lags behind is no cause. */
const isMounted = ({ metadata: { namespace, name } }: ClaimObject, snapshot: Snapshot): boolean =>
  snapshot
    .in('Pod', namespace)
    .some(
      ({ spec, status }) =>
        status?.phase === 'Running' &&
        (spec?.volumes ?? []).some(({ persistentVolumeClaim }) => persistentVolumeClaim?.claimName === name),
    );

interface ClaimCause extends Pick<Cause, 'means' | 'todo' | 'when'> {
  readonly obstacle: readonly Obstacle[];
  readonly cures?: Cures;
}

export const pendingClaim = ({ obstacle, cures, ...cause }: ClaimCause): Cause<'PersistentVolumeClaim'> => ({
  family: 'scheduling',
  specificity: 'exact',
  ...cause,
  unless: 'The claim is bound, waits for its first pod, a pod runs with it, or volumes could not be read.',
  cures: cures ?? OTHER_OBJECT,
  kinds: ['PersistentVolumeClaim'],
  find(claim, snapshot) {
    const pending = pendingOf(claim, snapshot);
    if (pending === undefined || !obstacle.includes(pending.obstacle) || isMounted(claim, snapshot)) return undefined;
    const said = heard(snapshot, claim, { reasons: ['ProvisioningFailed', 'FailedBinding'] });
    const { volume } = pending;
    const more: readonly Evidence[] = [
      ...(said === undefined ? [] : [eventEvidence(said.event)]),
      ...(volume === undefined
        ? []
        : [
            fieldEvidence(
              refOf(volume),
              'spec',
              `volume ${volume.metadata.name}: ${volume.status?.phase ?? 'unknown'}`,
            ),
          ]),
    ];
    const since = fromTimestamp(claim.metadata.creationTimestamp);
    return {
      text: `Claim ${claim.metadata.namespace}/${claim.metadata.name} gets no volume: ${pending.text}.`,
      evidence: [fieldEvidence(refOf(claim), 'phase', `Pending: ${pending.text}`), ...more],
      ...(since !== undefined && { since }),
    };
  },
});

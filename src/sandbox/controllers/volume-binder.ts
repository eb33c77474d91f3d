/**
 * Binds claims and volumes to one another, asks for volumes where none is there, and lets go of those whose claim is
 * gone.
 *
 *     claim: Pending ──volume found or provisioned──▶ Bound ──its volume is gone──▶ Lost
 *     volume: Available ──claim found──▶ Bound ──its claim is gone──▶ Released
 *
 * https://kubernetes.io/docs/concepts/storage/persistent-volumes/#lifecycle-of-a-volume-and-claim
 */
import { equalJson } from '../machinery/json.ts';
import type { MutableObject } from '../machinery/cluster.ts';
import { type Context, keyOf, parseKey, uidOf } from '../runtime/context.ts';
import type { WorkQueue } from '../runtime/loop.ts';
import type { Recorder } from '../runtime/recorder.ts';
import { CLAIMS, PODS, STORAGE_CLASSES, VOLUMES } from '../runtime/resources.ts';
import type { Claim, PersistentVolume, StorageClass } from '../runtime/storage-shapes.ts';
import { claimNameOf } from '../runtime/volume-claims.ts';
import {
  askedClass,
  BIND_COMPLETED,
  BOUND_BY_CONTROLLER,
  claimReference,
  classNameOf,
  findVolume,
  isBoundTo,
  mismatch,
  modesDiffer,
  SELECTED_NODE,
} from '../runtime/volume-matching.ts';

/** How often the controller looks at claims and volumes that nothing has changed. */
const RESYNC_MS = 15_000;

export const PROVISIONER = 'volume.kubernetes.io/storage-provisioner';
const OLD_PROVISIONER = 'volume.beta.kubernetes.io/storage-provisioner';
export const PROVISIONED_BY = 'pv.kubernetes.io/provisioned-by';
const DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class';

export function startVolumeBinder(context: Context): void {
  new VolumeBinder(context).start();
}

class VolumeBinder {
  readonly #context: Context;
  readonly #events: Recorder;
  readonly #claims: WorkQueue;
  readonly #volumes: WorkQueue;
  readonly #waiting = new Set<string>();

  constructor(context: Context) {
    this.#context = context;
    this.#events = context.recorder('persistentvolume-controller');
    this.#claims = context.queue((key) => this.#syncClaim(key));
    this.#volumes = context.queue((key) => this.#syncVolume(key));
  }

  start(): void {
    this.#context.watch(CLAIMS, ({ type, object }) => {
      const key = keyOf(object);
      if (type === 'DELETED' || object.status?.phase === 'Bound') this.#waiting.delete(key);
      else this.#waiting.add(key);
      this.#claims.add(key);
      const { volumeName = '' } = object.spec;
      if (volumeName !== '') this.#volumes.add(volumeName);
    });
    this.#context.watch(VOLUMES, ({ object }) => {
      this.#volumes.add(keyOf(object));
      const { namespace = '', name = '' } = object.spec.claimRef ?? {};
      if (name !== '') this.#claims.add(`${namespace}/${name}`);
      this.#wake();
    });
    this.#context.watch(STORAGE_CLASSES, () => this.#wake());
  }

  /** Claims that wait may find what they need in the change. */
  #wake(): void {
    for (const key of this.#waiting) this.#claims.add(key);
  }

  #syncClaim(key: string): void {
    const claim = this.#context.get(CLAIMS, parseKey(key));
    if (claim === undefined) return;
    if (claim.metadata.annotations?.[BIND_COMPLETED] !== undefined) this.#syncBound(claim);
    else if ((claim.spec.volumeName ?? '') === '') this.#syncUnbound(claim);
    else this.#syncNamed(claim, claim.spec.volumeName ?? '');
    const now = this.#context.get(CLAIMS, parseKey(key));
    if (now !== undefined && now.status?.phase === 'Pending') this.#claims.addAt(key, this.#context.now() + RESYNC_MS);
  }

  #syncUnbound(claim: Claim): void {
    const storageClass = this.#classOf(claim);
    const delayed = storageClass?.volumeBindingMode === 'WaitForFirstConsumer';
    const volume = findVolume(claim, this.#context.list(VOLUMES), { delayed });
    if (volume !== undefined) {
      this.#bind(volume, claim);
      return;
    }
    if (this.#assignDefaultClass(claim)) return;
    if (delayed && claim.metadata.annotations?.[SELECTED_NODE] === undefined) this.#awaitConsumer(claim);
    else if (classNameOf(claim) !== '') {
      this.#askProvisioner(claim, storageClass);
      return;
    } else
      this.#events.normal(
        claim,
        'FailedBinding',
        'no persistent volumes available for this claim and no storage class is set',
      );
    this.#setClaim(claim, 'Pending', undefined);
  }

  #classOf(claim: Claim): StorageClass | undefined {
    const name = classNameOf(claim);
    return name === '' ? undefined : this.#context.get(STORAGE_CLASSES, { name });
  }

  /** A claim that came before there was a default class gets it now: the newest, of equally old ones the first. */
  #assignDefaultClass(claim: Claim): boolean {
    if (askedClass(claim) !== undefined) return false;
    let found: StorageClass | undefined;
    for (const each of this.#context.list(STORAGE_CLASSES)) {
      if (each.metadata.annotations?.[DEFAULT_CLASS] !== 'true') continue;
      if ((found?.metadata.creationTimestamp ?? '') < (each.metadata.creationTimestamp ?? '')) found = each;
    }
    if (found === undefined) return false;
    const { name } = found.metadata;
    this.#context.modify(CLAIMS, claim, (draft) => {
      draft['spec'].storageClassName = name;
      return draft;
    });
    return true;
  }

  #awaitConsumer(claim: Claim): void {
    const { name, namespace } = claim.metadata;
    const waiting = this.#context
      .list(PODS, namespace)
      .filter(
        (pod) =>
          pod.spec.nodeName === undefined &&
          (pod.spec.volumes ?? []).some((volume) => claimNameOf(volume, pod) === name),
      )
      .map((pod) => pod.metadata.name);
    if (waiting.length === 0)
      this.#events.normal(claim, 'WaitForFirstConsumer', 'waiting for first consumer to be created before binding');
    else {
      const pods = waiting.length === 1 ? 'pod' : 'pods';
      this.#events.normal(claim, 'WaitForPodScheduled', `waiting for ${pods} ${waiting.join(',')} to be scheduled`);
    }
  }

  /** In-tree plugins are gone: each provisioner is a program of its own, which acts when the claim names it. */
  #askProvisioner(claim: Claim, storageClass: StorageClass | undefined): void {
    if (storageClass === undefined) {
      const message = `storageclass.storage.k8s.io "${classNameOf(claim)}" not found`;
      this.#events.warning(claim, 'ProvisioningFailed', message);
      return;
    }
    const { provisioner } = storageClass;
    if (provisioner.startsWith('kubernetes.io/')) {
      this.#events.warning(claim, 'ProvisioningFailed', `no volume plugin matched name: ${provisioner}`);
      return;
    }
    const named = this.#annotate(claim, { [OLD_PROVISIONER]: provisioner, [PROVISIONER]: provisioner });
    const message =
      `Waiting for a volume to be created either by the external provisioner '${provisioner}' or manually by the ` +
      'system administrator. If volume creation is delayed, please verify that the provisioner is running and ' +
      'correctly registered.';
    this.#events.normal(named, 'ExternalProvisioning', message);
  }

  #syncNamed(claim: Claim, name: string): void {
    const volume = this.#context.get(VOLUMES, { name });
    if (volume === undefined) this.#setClaim(claim, 'Pending', undefined);
    else if (volume.spec.claimRef === undefined) {
      const why = mismatch(volume, claim);
      if (why === undefined) {
        this.#bind(volume, claim);
        return;
      }
      this.#events.warning(claim, 'VolumeMismatch', `Cannot bind to requested volume "${name}": ${why}`);
      this.#setClaim(claim, 'Pending', undefined);
    } else if (isBoundTo(volume, claim)) this.#bind(volume, claim);
    else {
      this.#events.warning(claim, 'FailedBinding', `volume "${name}" already bound to a different claim.`);
      this.#setClaim(claim, 'Pending', undefined);
    }
  }

  #syncBound(claim: Claim): void {
    const { volumeName: name = '' } = claim.spec;
    const volume = name === '' ? undefined : this.#context.get(VOLUMES, { name });
    if (volume === undefined) {
      const what = name === '' ? 'reference to PersistentVolume' : 'PersistentVolume';
      this.#lose(
        claim,
        'ClaimLost',
        `Bound claim has lost ${name === '' ? '' : 'its '}${what}. Data on the volume is lost!`,
      );
    } else if (volume.spec.claimRef === undefined || volume.spec.claimRef.uid === uidOf(claim))
      this.#bind(volume, claim);
    else this.#lose(claim, 'ClaimMisbound', 'Two claims are bound to the same volume, this one is bound incorrectly');
  }

  #lose(claim: Claim, reason: string, message: string): void {
    if (claim.status?.phase === 'Lost') return;
    this.#setClaim(claim, 'Lost', undefined);
    this.#events.warning(claim, reason, message);
  }

  /** In four writes, any of which may be the last before a crash: the next look goes on from there. */
  #bind(volume: PersistentVolume, claim: Claim): void {
    const ours = isBoundTo(volume, claim) ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const bound =
      volume.spec.claimRef?.uid === uidOf(claim)
        ? volume
        : this.#context.modify(VOLUMES, volume, (draft) => {
            draft['spec'].claimRef = claimReference(claim);
            return annotated(draft, ours);
          });
    if (bound === undefined) return;
    this.#setPhase(bound, 'Bound');
    const named = claim.spec.volumeName === bound.metadata.name ? {} : { [BOUND_BY_CONTROLLER]: 'yes' };
    const complete = this.#context.modify(CLAIMS, claim, (draft) => {
      draft['spec'].volumeName = bound.metadata.name;
      return annotated(draft, { ...named, [BIND_COMPLETED]: 'yes' });
    });
    if (complete !== undefined) this.#setClaim(complete, 'Bound', bound);
  }

  #syncVolume(key: string): void {
    const volume = this.#context.get(VOLUMES, parseKey(key));
    if (volume === undefined) return;
    const { claimRef } = volume.spec;
    if (claimRef?.uid === undefined || claimRef.uid === '') {
      this.#setPhase(volume, 'Available');
      return;
    }
    const { namespace = '', name = '' } = claimRef;
    const present = this.#context.get(CLAIMS, { namespace, name });
    const claim = present !== undefined && uidOf(present) === claimRef.uid ? present : undefined;
    if (claim === undefined) this.#release(volume);
    else if ((claim.spec.volumeName ?? '') === '') {
      if (modesDiffer(claim, volume)) this.#tellModes(claim, volume);
      else this.#claims.add(keyOf(claim));
    } else if (claim.spec.volumeName === volume.metadata.name) this.#setPhase(volume, 'Bound');
    else if (volume.metadata.annotations?.[PROVISIONED_BY] !== undefined && isDeleted(volume)) this.#release(volume);
    else this.#unbind(volume);
  }

  #tellModes(claim: Claim, volume: PersistentVolume): void {
    const end = 'due to incompatible volumeMode.';
    const { name } = claim.metadata;
    this.#events.warning(
      volume,
      'VolumeMismatch',
      `Cannot bind PersistentVolume to requested PersistentVolumeClaim "${name}" ${end}`,
    );
    this.#events.warning(
      claim,
      'VolumeMismatch',
      `Cannot bind PersistentVolume "${volume.metadata.name}" to requested PersistentVolumeClaim ${end}`,
    );
  }

  /** The provisioner that made a volume deletes it; of the others there is no deleter, and they say so. */
  #release(volume: PersistentVolume): void {
    const { phase } = volume.status ?? {};
    const released = phase === 'Released' || phase === 'Failed' ? volume : this.#setPhase(volume, 'Released');
    if (!isDeleted(released) || released.status?.phase === 'Failed') return;
    if (released.metadata.annotations?.[PROVISIONED_BY] !== undefined || released.spec.csi !== undefined) return;
    const { name } = released.metadata;
    const message = `error getting deleter volume plugin for volume "${name}": no deletable volume plugin matched`;
    const failed = this.#setPhase(released, 'Failed', message);
    this.#events.warning(failed, 'VolumeFailedDelete', message);
  }

  /** The claim took another volume. One that a person meant for it stays meant for it. */
  #unbind(volume: PersistentVolume): void {
    const free = this.#context.modify(VOLUMES, volume, (draft) => {
      if (draft.metadata.annotations?.[BOUND_BY_CONTROLLER] === undefined) {
        delete draft['spec'].claimRef.uid;
        return draft;
      }
      delete draft['spec'].claimRef;
      delete draft.metadata.annotations[BOUND_BY_CONTROLLER];
      return draft;
    });
    if (free !== undefined) this.#setPhase(free, 'Available');
  }

  #setPhase(volume: PersistentVolume, phase: string, message?: string): PersistentVolume {
    if (volume.status?.phase === phase) return volume;
    const written = this.#context.modifyStatus(VOLUMES, volume, (draft) => {
      const { message: _old, ...status } = draft['status'] ?? {};
      draft['status'] = { ...status, phase, ...(message !== undefined && { message }) };
      return draft;
    });
    return written ?? volume;
  }

  /** The capacity is the volume's when the claim becomes bound; later the program that resizes it writes it. */
  #setClaim(claim: Claim, phase: 'Pending' | 'Bound' | 'Lost', volume: PersistentVolume | undefined): void {
    const { capacity, accessModes: _modes, ...rest } = claim.status ?? {};
    const kept = claim.status?.phase === phase ? capacity : volume?.spec.capacity;
    const status =
      volume === undefined
        ? { ...rest, phase }
        : { ...rest, phase, accessModes: volume.spec.accessModes, ...(kept !== undefined && { capacity: kept }) };
    if (equalJson(status, claim.status)) return;
    this.#context.modifyStatus(CLAIMS, claim, (draft) => ({ ...draft, status }));
  }

  #annotate(claim: Claim, annotations: Readonly<Record<string, string>>): Claim {
    const { annotations: present = {} } = claim.metadata;
    if (Object.entries(annotations).every(([name, value]) => present[name] === value)) return claim;
    return this.#context.modify(CLAIMS, claim, (draft) => annotated(draft, annotations)) ?? claim;
  }
}

const isDeleted = ({ spec }: PersistentVolume): boolean => spec.persistentVolumeReclaimPolicy === 'Delete';

function annotated(draft: MutableObject, annotations: Readonly<Record<string, string>>): MutableObject {
  if (Object.keys(annotations).length > 0)
    draft.metadata.annotations = { ...draft.metadata.annotations, ...annotations };
  return draft;
}

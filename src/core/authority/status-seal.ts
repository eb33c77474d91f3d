/** What the seal of a status vouches for, and what is concluded from a status without a valid one. */
import type { KubeObject } from '../../shapes/kube.ts';
import { judgeSeal, type Keyring, type Sealed, sealOf, type SealVerdict } from './seal.ts';
import { wellFormed } from '../../std/well-formed.ts';

type Status = Readonly<Record<string, unknown>>;

const isStatus = (value: unknown): value is Status => typeof value === 'object' && value !== null;

/** The status of one object of ours, by its UID: on another object it is worth nothing. */
function sealedStatus({ kind, metadata }: KubeObject, status: Status): Sealed {
  const { seal: _seal, ...rest } = status;
  const purpose = kind === 'HealingAction' ? 'HealingAction.status' : 'HealingPolicy.status';
  return { purpose, content: { uid: metadata.uid, status: rest } };
}

/** The status with its seal. `turn`: one more than that of the status before it. */
export function withSeal<T extends object>(
  keyring: Keyring,
  { object, status, turn }: { readonly object: KubeObject; readonly status: T; readonly turn: number },
): T & { readonly seal: string } {
  // As the server will keep it.
  const kept = wellFormed(status);
  return { ...kept, seal: sealOf(keyring, sealedStatus(object, Object.fromEntries(Object.entries(kept))), turn) };
}

export type StatusVerdict =
  | SealVerdict
  /** A status that was never written needs no seal: nothing is concluded from it. */
  | { readonly kind: 'empty' }
  /** Ours, and older than one that was seen before. */
  | { readonly kind: 'replayed'; readonly turn: number; readonly newest: number };

export type Doubted = Extract<StatusVerdict, { readonly kind: 'absent' | 'wrong' | 'replayed' }>;

export function judgeStatus(keyring: Keyring, object: KubeObject): StatusVerdict {
  const status = object['status'] ?? {};
  if (!isStatus(status)) return { kind: 'wrong' };
  if (Object.keys(status).length === 0) return { kind: 'empty' };
  return judgeSeal(keyring, sealedStatus(object, status), status['seal']);
}

/** Says of a status why it is not believed. */
export function whyDoubted(verdict: Doubted): string {
  if (verdict.kind === 'replayed')
    return `somebody has put an older status back (write ${verdict.turn} of the operator in the place of ${verdict.newest})`;
  if (verdict.kind === 'absent')
    return 'its status has no seal: somebody else wrote it, or a version of the operator that did not seal';
  return verdict.key === undefined
    ? 'the seal of its status does not fit: somebody else has changed it'
    : `its status is sealed with the key ${verdict.key}, which the operator does not have: somebody else wrote it, or the key was lost`;
}

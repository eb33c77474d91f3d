/**
 * The seal of everything that the operator writes to be read again: a keyed digest with a count. A status, a ledger or
 * an action that claims to be ours is believed only when its seal verifies, since others may be able to write it, too.
 *
 *   seal = <id of the key> "." <turn> "." <HMAC-SHA-256 over purpose, turn and content, in hex>
 *
 * `turn` counts the writes of one object, so that an older content that is put back is told from the newest. The keys
 * are in a Secret of the operator's namespace (operator/seal-keys.ts).
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '../../std/json.ts';

/** What a seal is for; a seal for one purpose is worth nothing for another. */
export type Purpose = 'HealingAction.status' | 'HealingPolicy.status' | 'HealingAction.creation' | 'Ledger';

export interface SealKey {
  readonly id: string;
  readonly secret: Uint8Array;
}

/** All keys verify; the one whose id sorts last signs, so that a rotation is the addition of a key. */
export interface Keyring {
  readonly signing: SealKey;
  readonly byId: ReadonlyMap<string, SealKey>;
}

/** Ids stand in front of a dot. */
const KEY_ID = /^[A-Za-z0-9_-]{1,64}$/;
/** As many bytes as the digest has: https://www.rfc-editor.org/rfc/rfc2104#section-3 */
export const KEY_BYTES = 32;

/** Undefined when none of them can be used. Keys that are too short or have an unusable id are left out. */
export function keyringOf(keys: readonly SealKey[]): Keyring | undefined {
  const usable = keys
    .filter(({ id, secret }) => KEY_ID.test(id) && secret.length >= KEY_BYTES)
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const signing = usable.at(-1);
  return signing === undefined ? undefined : { signing, byId: new Map(usable.map((key) => [key.id, key])) };
}

export interface Sealed {
  readonly purpose: Purpose;
  /** Everything that the seal vouches for. Members that are undefined are as good as absent. */
  readonly content: unknown;
}

export function sealOf({ signing }: Keyring, sealed: Sealed, turn: number): string {
  return `${signing.id}.${turn}.${digest(signing, sealed, turn).toString('hex')}`;
}

export type SealVerdict =
  | { readonly kind: 'valid'; readonly turn: number }
  | { readonly kind: 'absent' }
  /** `key`: the id of a key that the keyring does not have. */
  | { readonly kind: 'wrong'; readonly key?: string };

const SEAL = /^([A-Za-z0-9_-]{1,64})\.(\d{1,15})\.([0-9a-f]{64})$/;
/** Id of a key, the count, and the digest. */
export const MAX_SEAL = 64 + 1 + 15 + 1 + 64;

export function judgeSeal({ byId }: Keyring, sealed: Sealed, seal: unknown): SealVerdict {
  if (seal === undefined) return { kind: 'absent' };
  const [, id, count, hex] = (typeof seal === 'string' ? SEAL.exec(seal) : null) ?? [];
  if (id === undefined || count === undefined || hex === undefined) return { kind: 'wrong' };
  const key = byId.get(id);
  if (key === undefined) return { kind: 'wrong', key: id };
  const turn = Number(count);
  return timingSafeEqual(digest(key, sealed, turn), Buffer.from(hex, 'hex'))
    ? { kind: 'valid', turn }
    : { kind: 'wrong' };
}

const digest = ({ secret }: SealKey, { purpose, content }: Sealed, turn: number): Buffer =>
  createHmac('sha256', secret).update(canonicalJson({ purpose, turn, content })).digest();

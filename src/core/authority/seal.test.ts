import { describe, expect, it } from 'vitest';
import { judgeSeal, type Keyring, keyringOf, MAX_SEAL, type Sealed, type SealKey, sealOf } from './seal.ts';

const key = (id: string, byte: number): SealKey => ({ id, secret: new Uint8Array(32).fill(byte) });
function ring(...keys: readonly SealKey[]): Keyring {
  const made = keyringOf(keys);
  if (made === undefined) throw new Error('no usable key');
  return made;
}
const status = (phase: string, more: object = {}): Sealed => ({
  purpose: 'HealingAction.status',
  content: { uid: 'u', status: { phase, ...more } },
});

describe('a keyring', () => {
  it('signs with the key whose id sorts last', () => {
    const both = ring(key('20270101', 2), key('20260101', 1));
    expect(sealOf(both, status('Pending'), 1)).toMatch(/^20270101\.1\.[0-9a-f]{64}$/);
  });

  it.each([
    ['is too short', { id: 'a', secret: new Uint8Array(31) }],
    ['has an id that a seal cannot carry', key('a.b', 1)],
  ])('is none of a key that %s', (_title, unusable) => {
    expect(keyringOf([unusable])).toBeUndefined();
    expect(keyringOf([unusable, key('good', 1)])?.signing.id).toBe('good');
  });
});

describe('a seal', () => {
  const old = ring(key('k1', 1));
  const seal = sealOf(old, status('Pending'), 7);

  it('is valid for what was sealed, in whatever order its members stand, and says its turn', () => {
    const same: Sealed = {
      content: { status: { later: undefined, phase: 'Pending' }, uid: 'u' },
      purpose: 'HealingAction.status',
    };
    expect(judgeSeal(old, same, seal)).toEqual({ kind: 'valid', turn: 7 });
  });

  it('stays valid when a key is added, and is wrong when its key is gone', () => {
    expect(judgeSeal(ring(key('k1', 1), key('k2', 2)), status('Pending'), seal)).toEqual({ kind: 'valid', turn: 7 });
    expect(judgeSeal(ring(key('k2', 2)), status('Pending'), seal)).toEqual({ kind: 'wrong', key: 'k1' });
  });

  it.each<[string, Sealed, unknown]>([
    ['another content', status('Approved'), seal],
    ['a content with more in it', status('Pending', { attempts: 0 }), seal],
    ['another purpose', { ...status('Pending'), purpose: 'HealingPolicy.status' }, seal],
    ['another turn', status('Pending'), seal.replace('.7.', '.8.')],
    ['another key of the same id', status('Pending'), sealOf(ring(key('k1', 9)), status('Pending'), 7)],
    ['a text that is no seal', status('Pending'), 'k1.7.beef'],
    ['something that is no text', status('Pending'), { toString: 'k1' }],
  ])('is wrong for %s', (_title, sealed, given) => {
    expect(judgeSeal(old, sealed, given)).toEqual({ kind: 'wrong' });
  });

  it('can be absent', () => {
    expect(judgeSeal(old, status('Pending'), undefined)).toEqual({ kind: 'absent' });
  });

  it('has the length that the schema allows', () => {
    const longest = ring(key('i'.repeat(64), 1));
    expect(sealOf(longest, status('Pending'), 999_999_999_999_999)).toHaveLength(MAX_SEAL);
  });
});

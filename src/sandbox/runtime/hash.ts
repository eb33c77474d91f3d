/** The hashes in the names of ReplicaSets and ControllerRevisions. */

const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';

/** FNV-1a over 32 bits. http://www.isthe.com/chongo/tech/comp/fnv/ */
export function fnv32a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash ^= text.charCodeAt(i);
    hash = Math.imul(hash, 0x01000193);
  }
  return hash >>> 0;
}

/** Letters that form no words, as names made by Kubernetes use. */
export function safeEncode(text: string): string {
  let encoded = '';
  for (let i = 0; i < text.length; i++) encoded += ALPHABET[text.charCodeAt(i) % ALPHABET.length] ?? '';
  return encoded;
}

/** Of any JSON value, without regard to the order of keys. `collisions` makes another hash of the same value. */
export function hashOf(value: unknown, collisions: number): string {
  return safeEncode(String(fnv32a(`${canonical(value)}${collisions > 0 ? `#${collisions}` : ''}`)));
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([key, field]) => `${JSON.stringify(key)}:${canonical(field)}`).join(',')}}`;
}

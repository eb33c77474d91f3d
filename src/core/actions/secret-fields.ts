/**
 * Fields that may hold a secret (I32): environment and command line of a container, the data of a Secret, and the copy
 * of a whole manifest that `kubectl apply` keeps. Whoever may read an action need not be allowed to read the object, so
 * that no value of these is kept in a status.
 */
const KEYS: ReadonlySet<string> = new Set([
  'env',
  'command',
  'args',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

export const isSecretKey = (key: string): boolean => KEYS.has(key);

export const mayHoldSecret = (kind: string, path: readonly string[]): boolean =>
  (kind === 'Secret' && path[0] !== 'metadata') || path.some(isSecretKey);

/** Of a difference as a whole: it is such a field, lies in one, or has one in it. */
export const touchesSecret = (
  kind: string,
  { path, before, after }: { readonly path: readonly string[]; readonly before: unknown; readonly after: unknown },
): boolean => mayHoldSecret(kind, path) || hasSecretKey(before) || hasSecretKey(after);

function hasSecretKey(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, member]) => (!Array.isArray(value) && isSecretKey(key)) || hasSecretKey(member),
  );
}

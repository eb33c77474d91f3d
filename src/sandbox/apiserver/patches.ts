/** The media types of patches. */
import { refuse, unsupportedMediaType } from '../machinery/errors.ts';

export const PATCH_TYPES = {
  json: 'application/json-patch+json',
  merge: 'application/merge-patch+json',
  strategic: 'application/strategic-merge-patch+json',
  apply: 'application/apply-patch+yaml',
} as const;

export type PatchKind = keyof typeof PATCH_TYPES;

/** Throws 415. Custom resources name what they take; the built-in ones' router does not know the type at all. */
export function patchKind(contentType: string | undefined, resource: 'builtin' | 'custom'): PatchKind {
  const media = (contentType ?? '').split(';')[0]?.trim() ?? '';
  const kinds: readonly PatchKind[] =
    resource === 'custom' ? ['json', 'merge', 'apply'] : ['json', 'merge', 'strategic', 'apply'];
  const kind = kinds.find((candidate) => PATCH_TYPES[candidate] === media);
  if (kind) return kind;
  if (resource === 'custom') throw unsupportedMediaType(kinds.map((candidate) => PATCH_TYPES[candidate]));
  throw refuse({ reason: 'UnsupportedMediaType', message: '415: Unsupported Media Type', details: {} });
}

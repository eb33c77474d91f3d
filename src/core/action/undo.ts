/**
 * Taking back what was done. Each change records its inverse beside it: the request, what the change set (`guard`) and
 * what was there before (`restores`). It is carried out only on a live object that still has what we set; whatever
 * somebody else made of it since is theirs (I7).
 */
import type { Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fingerprint, segmentsOf, valueAt } from '../../std/json.ts';

export type UndoStep =
  | { readonly kind: 'request'; readonly request: PlannedRequest }
  /** It is as it was before: nothing to do, or done already. */
  | { readonly kind: 'restored' }
  | { readonly kind: 'impossible'; readonly message: string };

/** What to do about one inverse, given the live object at its path. */
export function planUndo(inverse: Inverse, live: KubeObject | undefined): UndoStep {
  if (live === undefined) return { kind: 'impossible', message: `${inverse.description}: the object is gone` };
  const is = (wanted: Readonly<Record<string, string>>) =>
    Object.entries(wanted).every(([pointer, value]) => fingerprint(valueAt(live, segmentsOf(pointer))) === value);
  if (is(inverse.restores)) return { kind: 'restored' };
  const changed = Object.entries(inverse.guard).find(
    ([pointer, value]) => fingerprint(valueAt(live, segmentsOf(pointer))) !== value,
  );
  if (changed !== undefined) {
    return {
      kind: 'impossible',
      message: `${inverse.description}: somebody else has changed ${changed[0]} since; it is left as it is`,
    };
  }
  const { guard: _guard, restores: _restores, ...request } = inverse;
  const { uid = '', resourceVersion = '' } = live.metadata;
  const body = preconditioned(request, { uid, resourceVersion });
  return {
    kind: 'request',
    request: { ...request, ...(body !== undefined && { body }), precondition: { uid, resourceVersion } },
  };
}

/**
 * The body, carrying the version that it is meant for: the server refuses it with a conflict when the object has moved
 * on.
 */
function preconditioned(
  { body, contentType }: Pick<PlannedRequest, 'body' | 'contentType'>,
  precondition: { readonly uid: string; readonly resourceVersion: string },
): string | undefined {
  if (body === undefined) return undefined;
  const value: unknown = JSON.parse(body);
  if (Array.isArray(value) && contentType === 'application/json-patch+json') {
    const version = { op: 'replace', path: '/metadata/resourceVersion', value: precondition.resourceVersion };
    return JSON.stringify([
      { op: 'test', path: '/metadata/uid', value: precondition.uid },
      version,
      ...(value as readonly unknown[]),
    ]);
  }
  const object = value as Readonly<Record<string, unknown>>;
  const metadata = object['metadata'] as Readonly<Record<string, unknown>> | undefined;
  return JSON.stringify({ ...object, metadata: { ...metadata, ...precondition } });
}

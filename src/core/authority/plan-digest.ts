/**
 * The two digests that an approval names: of the action with its spec, and of the plan that was shown. Both are made of
 * what a person can read in the action, so that anybody can make them again.
 *
 * The plan's digest leaves out what differs each time the plan is made although the same is done: versions of objects,
 * the mark of the attempt, the time of a restart. What is described in words is left out too: the requests say it all.
 * Of a body whose values a status does not show, the digest of the whole body stands for them.
 */
import { createHash } from 'node:crypto';
import type { Inverse, Plan, PlannedRequest } from '../../api/action-status.ts';
import { ANNOTATIONS } from '../../api/names.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { canonicalJson, segmentsOf } from '../../std/json.ts';

const digest = (value: unknown): string => `sha256:${createHash('sha256').update(canonicalJson(value)).digest('hex')}`;

/** Another action, a later one of the same name too, has another digest. */
export const specDigest = ({ namespace, name, uid, spec }: HealingAction): string =>
  digest({ namespace, name, uid, spec });

/** Keys of bodies, and last segments of JSON pointers, whose values differ each time. */
const VOLATILE: ReadonlySet<string> = new Set(['resourceVersion', ANNOTATIONS.attempt, ANNOTATIONS.restartedAt]);

export function planDigest({
  requests,
  continues = false,
}: Pick<Plan, 'continues'> & { readonly requests: readonly PlannedRequest[] }): string {
  return digest({ continues, requests: requests.map(lastingRequest) });
}

/** Of a body as it is sent, before values are left out of it. */
export const bodyDigest = ({ body, endpoint }: Pick<PlannedRequest, 'body' | 'endpoint'>): string =>
  digest(lastingBody(body, endpoint) ?? null);

const lastingRequest = ({
  method,
  path,
  endpoint,
  contentType,
  body,
  bodyHash,
  precondition,
  inverse,
}: PlannedRequest) => ({
  method,
  path,
  endpoint,
  contentType,
  body: lastingBody(body, endpoint),
  bodyHash,
  uid: precondition?.uid,
  fields: precondition?.fields,
  inverse: inverse && lastingInverse(inverse),
});

/** What takes a change back was shown as well. What the change sets follows from the request. */
const lastingInverse = ({ method, path, endpoint, contentType, body, restores }: Inverse) => ({
  method,
  path,
  endpoint,
  contentType,
  body: lastingBody(body, endpoint),
  restores: Object.fromEntries(Object.entries(restores).filter(([pointer]) => !isVolatile(pointer))),
});

const isVolatile = (pointer: string): boolean => VOLATILE.has(segmentsOf(pointer).at(-1) ?? '');

function lastingBody(text: string | undefined, endpoint: string | undefined): unknown {
  if (text === undefined) return undefined;
  const body = lasting(JSON.parse(text));
  if (endpoint === undefined || typeof body !== 'object' || body === null) return body;
  // Of a call: the mark of the attempt.
  return { ...body, id: undefined };
}

function lasting(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((one) => !isVolatileOperation(one)).map(lasting);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !VOLATILE.has(key))
      .map(([key, member]) => [key, lasting(member)]),
  );
}

/** An operation of a JSON patch. */
function isVolatileOperation(value: unknown): boolean {
  const { op, path } = (value ?? {}) as { readonly op?: unknown; readonly path?: unknown };
  return typeof op === 'string' && typeof path === 'string' && isVolatile(path);
}

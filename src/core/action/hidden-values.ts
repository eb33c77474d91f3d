/**
 * What is kept of a request in the status of its action: values of environment variables, command lines and copies of
 * manifests stay out of it (I32), since whoever may read an action need not be allowed to read the CronJob that they
 * come from. What is sent has them; after a crash it is planned anew, never sent from the status. An inverse is kept
 * whole, since it is sent from there: a change whose inverse would hold such values is refused, or has none.
 */
import type { PlannedRequest } from '../../api/action-status.ts';
import { segmentsOf } from '../../std/json.ts';
import { isSecretKey } from '../actions/secret-fields.ts';
import { bodyDigest } from '../authority/plan-digest.ts';

/** A quick look; the walk decides. */
const SECRET = /env|command|args|last-applied-configuration/;

export function withoutValues(request: PlannedRequest): PlannedRequest {
  if (request.body === undefined || !SECRET.test(request.body)) return request;
  const body = JSON.stringify(masked(JSON.parse(request.body)));
  // A person approves these values and no others, though they are not shown.
  return body === request.body ? request : { ...request, body, bodyHash: bodyDigest(request) };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(masked);
  if (!isMap(value)) return value;
  // An operation of a JSON patch.
  const at = typeof value['path'] === 'string' && segmentsOf(value['path']).some(isSecretKey);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      isSecretKey(key) || (at && key === 'value') ? maskedVariables(member) : masked(member),
    ]),
  );
}

/** Never longer than the value: the body stays within its limit. */
function maskedVariables(value: unknown): unknown {
  if (typeof value === 'string') return '***'.slice(0, value.length);
  if (Array.isArray(value)) return value.map(maskedVariables);
  if (!isMap(value)) return value;
  const { value: text, ...rest } = value;
  return text === undefined ? value : { ...rest, value: maskedVariables(text) };
}

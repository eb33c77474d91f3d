/** What the status keeps of the requests of a stage, once it is known which of them were carried out. */
import {
  type ActionStatus,
  type Inverse,
  MAX_REQUESTS,
  type PlannedRequest,
  type ResourceChange,
} from '../../api/action-status.ts';
import { MAX_MESSAGE } from '../../api/fields.ts';
import { assert } from '../../std/assert.ts';

/** One whose refusal is left to the next stage. */
export interface RefusedRequest {
  readonly request: PlannedRequest;
  /** What the server said. */
  readonly message: string;
}

export const removes = ({ changeType }: ResourceChange): boolean => changeType === 'delete';

/** What was refused, and is left to the next stage, has not been changed. */
export function withoutRefused(status: ActionStatus, refused: readonly RefusedRequest[]): ActionStatus {
  const uids = refused.map(({ request }) => request.precondition?.uid);
  const { result } = status;
  if (uids.length === 0 || result?.changes === undefined) return status;
  const changes = result.changes.filter((one) => !removes(one) || !uids.includes(one.oldValue));
  return { ...status, result: { ...result, changes, answers: refused.map(sayRefused).slice(0, MAX_REQUESTS) } };
}

const sayRefused = ({ request, message }: RefusedRequest): string =>
  `${request.description}: ${message}`.slice(0, MAX_MESSAGE);

/** Room for two refusals beside the message that they explain. */
const MAX_QUOTE = 400;

/** What the server refused of the last stage, for the message of an action that ends or waits because of it. */
export function withQuote(message: string, { result }: ActionStatus): string {
  const [first, ...others] = new Set(result?.answers);
  if (first === undefined) return message;
  const more = others.length === 0 ? '' : `; ${others.length} more were refused`;
  return `${message}; the server refused: ${first.slice(0, MAX_QUOTE)}${more}`;
}

/** Without the changes of requests that were not carried out. `done`: the places of the others in the stage. */
export function withoutUndone(status: ActionStatus, done: readonly number[]): ActionStatus {
  const { plan, result } = status;
  if (result?.changes === undefined || plan === undefined) return status;
  const undone = (plan.requests ?? []).filter((_, place) => !done.includes(place));
  const uids = undone.map(({ precondition }) => precondition?.uid);
  const from = result.changes.length - (plan.changes ?? 0);
  const isUndone = (one: ResourceChange): boolean => (removes(one) ? uids.includes(one.oldValue) : done.length === 0);
  return { ...status, result: { ...result, changes: result.changes.filter((one, at) => at < from || !isUndone(one)) } };
}

/** These requests of the plan, by their places, were carried out: what takes them back is kept, newest first. */
export function withInverses(status: ActionStatus, done: readonly number[]): ActionStatus {
  const made = carriedOutOf(status, done).flatMap(({ inverse }): Inverse[] => (inverse === undefined ? [] : [inverse]));
  const inverses = [...made.toReversed(), ...(status.inverses ?? [])];
  assert(inverses.length <= MAX_REQUESTS, `an action records at most ${MAX_REQUESTS} inverses`);
  return inverses.length === 0 ? status : { ...status, inverses };
}

/** Who took a call is not called again by the next attempt. */
export function withDelivered(status: ActionStatus, done: readonly number[]): ActionStatus {
  const called = carriedOutOf(status, done).flatMap(({ endpoint }) => endpoint ?? []);
  return called.length === 0
    ? status
    : { ...status, delivered: [...new Set([...(status.delivered ?? []), ...called])] };
}

const carriedOutOf = ({ plan }: ActionStatus, done: readonly number[]): readonly PlannedRequest[] =>
  (plan?.requests ?? []).filter((_, index) => done.includes(index));

export const allOf = ({ plan }: ActionStatus): readonly number[] => (plan?.requests ?? []).map((_, index) => index);

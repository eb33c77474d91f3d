/** What the status keeps of the requests of a stage, once it is known which of them were carried out. */
import {
  type ActionStatus,
  type Inverse,
  MAX_REQUESTS,
  type PlannedRequest,
  type ResourceChange,
} from '../../api/action-status.ts';
import { assert } from '../../std/assert.ts';

export const removes = ({ changeType }: ResourceChange): boolean => changeType === 'delete';

/** What was refused, and is left to the next stage, has not been changed. */
export function withoutRefused(status: ActionStatus, refused: readonly PlannedRequest[]): ActionStatus {
  const uids = refused.map(({ precondition }) => precondition?.uid);
  const { result } = status;
  if (uids.length === 0 || result?.changes === undefined) return status;
  const changes = result.changes.filter((one) => !removes(one) || !uids.includes(one.oldValue));
  return { ...status, result: { ...result, changes } };
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

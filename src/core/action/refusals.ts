/**
 * What the answer to a request means: whether it was carried out, was refused, or whether that is not known; and
 * whether a refused request is asked again.
 */
import type { PlannedRequest } from '../../api/action-status.ts';
import type { GateReason, ReachReason } from '../reasons/index.ts';
import { withMissingRule } from '../authority/forbidden.ts';
import type { Failure } from './failure.ts';
import { given } from '../../std/given.ts';
import { wordOf } from '../reasons/index.ts';

/** A request that was certainly not carried out. */
export interface ServerRefusal {
  readonly code: string;
  readonly message: string;
  /** HTTP status; absent when no answer came. */
  readonly status?: number;
  readonly retryAfterMs?: number;
}

export type Reply =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'refused'; readonly refusal: ServerRefusal }
  /** Whether it was carried out is not known. `code`: HTTP status, or the code of the error. */
  | { readonly kind: 'unclear'; readonly code: string; readonly message: string };

/** An error of a request to the API server. `delivered`: whether the request can have arrived. */
export interface RequestError {
  readonly code: string;
  readonly message: string;
  readonly delivered: 'no' | 'maybe' | 'yes';
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
}

export function replyOfServer({ code, message, delivered, status, retryAfterMs }: RequestError): Reply {
  if (delivered !== 'no') return { kind: 'unclear', code: status === undefined ? code : String(status), message };
  const said = status === 403 ? withMissingRule(message) : message;
  return { kind: 'refused', refusal: refusalOf({ code, message: said, status, retryAfterMs }) };
}

/**
 * The version that a refused request asked for, where the object has to be read again to understand the refusal: a JSON
 * patch is applied before that version is looked at. On an object that has moved on, or on another one in its place,
 * it may not apply at all, and the server calls it invalid.
 */
export const doubtedVersion = ({ code }: ServerRefusal, { precondition }: PlannedRequest): string | undefined =>
  code === 'Invalid' ? precondition?.resourceVersion : undefined;

/** An object that has moved on makes the refusal a conflict like any other. `now`: undefined when it is gone. */
export const withConflict = (
  refusal: ServerRefusal,
  { asked, now }: { readonly asked: string; readonly now: string | undefined },
): ServerRefusal => (now === asked ? refusal : { ...refusal, code: 'Conflict' });

/** What came of a call to an endpoint of the operator's configuration. */
export type EndpointAnswer =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfterMs?: number }
  /** `delivered`: whether the call can have arrived; `no` only when that is certain. */
  | { readonly kind: 'failed'; readonly code: string; readonly message: string; readonly delivered: 'no' | 'maybe' };

export function replyOfEndpoint(endpoint: string | undefined, answer: EndpointAnswer): Reply {
  const who = `endpoint ${endpoint}`;
  if (answer.kind === 'failed') {
    const { code, delivered } = answer;
    const message = `${who}: ${answer.message}`;
    return delivered === 'no' ? { kind: 'refused', refusal: { code, message } } : { kind: 'unclear', code, message };
  }
  const { status, retryAfterMs } = answer;
  if (status < 300) return { kind: 'answered', status };
  const message = `${who} answered ${status}`;
  // The call arrived, and something went wrong after that. How far it got is not known.
  if (status >= 500 && status !== 503)
    return { kind: 'unclear', code: String(status), message: `${message} after it had taken the call` };
  return { kind: 'refused', refusal: refusalOf({ code: `Http${status}`, message, status, retryAfterMs }) };
}

const refusalOf = ({
  code,
  message,
  status,
  retryAfterMs,
}: Pick<RequestError, 'code' | 'message' | 'status' | 'retryAfterMs'>): ServerRefusal => ({
  code,
  message,
  ...given({ status, retryAfterMs }),
});

/**
 * For the audit trail: HTTP status, or the code of the error. Everything that was carried out is 200 there, the 201 of
 * an eviction too: who reads the trail asks for that one word.
 */
export function resultOf(reply: Reply): string {
  switch (reply.kind) {
    case 'answered':
      return '200';
    case 'unclear':
      return reply.code;
    case 'refused':
      return reply.refusal.status === undefined ? reply.refusal.code : String(reply.refusal.status);
  }
}

/** Answers that another attempt may not get. `Http429` is what an endpoint says for `TooManyRequests`. */
const PASSING: ReadonlySet<string> = new Set(['Conflict', 'TooManyRequests', 'Http429']);

/**
 * What has no HTTP status was refused by no server: the connection failed, or a gate said no. That passes, as an
 * endpoint's 503 does. Other 4xx answers are the same next time. A 5xx answer of the API server is no refusal at all.
 */
const passes = ({ code, status }: ServerRefusal): boolean =>
  PASSING.has(code) || (status === undefined ? !HELD_BACK.has(code) && code !== 'NotFound' : status >= 500);

/** Refusals of our own: what lies out of reach today lies there the next time. */
export const HELD_BACK: ReadonlySet<string> = new Set<ReachReason | GateReason>([
  'OutOfReach',
  'OutOfScope',
  'Protected',
]);

/** One refusal that passes by itself is worth another attempt at all that was refused. */
export function failureOf(
  refusals: readonly ServerRefusal[],
): Pick<Failure, 'reason' | 'message'> & { readonly retry: 'later' | 'never'; readonly retryAfterMs?: number } {
  const passing = refusals.find(passes);
  const { code, retryAfterMs } = passing ?? refusals[0] ?? { code: 'Unknown' };
  return {
    // An eviction is refused so while a PodDisruptionBudget has nothing left.
    reason: code === 'TooManyRequests' ? 'DisruptionBudget' : wordOf(code),
    message: refusals.map(({ message }) => message).join('; '),
    retry: passing === undefined ? 'never' : 'later',
    ...given({ retryAfterMs }),
  };
}

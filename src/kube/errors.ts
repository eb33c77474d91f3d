/** The one error class of the boundary to the API server. Every failed request of a `KubeClient` throws it. */
import type { Status } from '../shapes/kube.ts';
import { TransportError } from '../shapes/transport.ts';

/**
 * Whether the request can have been committed. `no`: refused or never sent, doing it again is the first time. `maybe`:
 * the answer was lost or says nothing (5xx, reset, time-out); only a live read can tell. `yes`: accepted, but the reply
 * could not be read.
 */
export type Delivered = 'no' | 'maybe' | 'yes';

export interface KubeErrorDetails {
  /**
   * CamelCase: the Status' reason (`NotFound`, `AlreadyExists`, `Conflict`, `Expired` …) or a transport's code
   * (`ConnectionReset` …).
   */
  readonly code: string;
  readonly delivered: Delivered;
  /** HTTP status; absent when no answer came. */
  readonly status?: number | undefined;
  readonly retryAfterMs?: number | undefined;
  readonly statusBody?: Status | undefined;
  readonly cause?: unknown;
}

export class KubeError extends Error {
  override readonly name = 'KubeError';
  readonly code: string;
  readonly delivered: Delivered;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly statusBody: Status | undefined;

  constructor(message: string, details: KubeErrorDetails) {
    super(message, { cause: details.cause });
    this.code = details.code;
    this.delivered = details.delivered;
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.statusBody = details.statusBody;
  }
}

/** With codes: whether it is a KubeError of one of them. */
export function isKubeError(error: unknown, ...codes: readonly string[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}

/** The history that was asked for is compacted away: 410 Gone, `Expired` from lists and watches. */
export const isGone = (error: unknown): boolean =>
  error instanceof KubeError && (error.status === 410 || error.code === 'Expired' || error.code === 'Gone');

/**
 * Reasons of answers that carry no Status (a proxy's, a load balancer's).
 * https://pkg.go.dev/k8s.io/apimachinery/pkg/apis/meta/v1#StatusReason
 */
const REASON_OF_STATUS: Readonly<Record<number, string>> = {
  400: 'BadRequest',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'NotFound',
  405: 'MethodNotAllowed',
  406: 'NotAcceptable',
  408: 'Timeout',
  409: 'Conflict',
  410: 'Gone',
  413: 'RequestEntityTooLarge',
  415: 'UnsupportedMediaType',
  422: 'Invalid',
  429: 'TooManyRequests',
  500: 'InternalError',
  502: 'BadGateway',
  503: 'ServiceUnavailable',
  504: 'Timeout',
};

/** From an answer's status, its decoded body and its Retry-After header. */
export function errorOfAnswer(answer: {
  readonly status: number;
  readonly body: unknown;
  readonly retryAfter?: string | undefined;
  readonly what: string;
}): KubeError {
  const statusBody = isStatus(answer.body) ? answer.body : undefined;
  const fromBody = statusBody?.details?.retryAfterSeconds;
  const seconds =
    answer.retryAfter !== undefined && /^\d+$/.test(answer.retryAfter) ? Number(answer.retryAfter) : fromBody;
  const reason = statusBody?.reason;
  return new KubeError(saidBy(statusBody) ?? `${answer.what}: the server answered ${answer.status}`, {
    code:
      reason !== undefined && reason !== '' && reason !== 'Unknown'
        ? reason
        : (REASON_OF_STATUS[answer.status] ?? `Http${answer.status}`),
    delivered: answer.status >= 500 || answer.status === 408 ? 'maybe' : 'no',
    status: answer.status,
    retryAfterMs: seconds === undefined ? undefined : seconds * 1000,
    statusBody,
  });
}

/**
 * The message, and the causes that it does not repeat: an eviction that a PodDisruptionBudget refuses names the budget
 * in a cause alone.
 * https://github.com/kubernetes/kubernetes: registry/core/pod/storage/eviction.go, createTooManyRequestsError
 */
function saidBy(status: Status | undefined): string | undefined {
  const { message, details } = status ?? {};
  if (message === undefined) return undefined;
  const causes = (details?.causes ?? []).flatMap((cause) => cause.message ?? []);
  const more = causes.filter((cause) => cause !== '' && !message.includes(cause));
  return more.length === 0 ? message : `${message} (${more.slice(0, MAX_CAUSES).join('; ')})`;
}

/** As many as a person reads; an object that is invalid in a hundred places repeats them in its message. */
const MAX_CAUSES = 4;

/** From whatever a transport rejected with. Foreign errors count as possibly delivered: nothing is known. */
export function errorOfTransport(cause: unknown, what: string): KubeError {
  if (cause instanceof KubeError) return cause;
  if (cause instanceof TransportError)
    return new KubeError(`${what}: ${cause.message}`, { code: cause.code, delivered: cause.delivered, cause });
  const message = cause instanceof Error ? cause.message : String(cause);
  const aborted = cause instanceof Error && cause.name === 'AbortError';
  return new KubeError(`${what}: ${message}`, {
    code: aborted ? 'Aborted' : 'TransportFailed',
    delivered: 'maybe',
    cause,
  });
}

export function isStatus(body: unknown): body is Status {
  return typeof body === 'object' && body !== null && (body as { kind?: unknown }).kind === 'Status';
}

/**
 * The refusals of an API server. Wording, code, reason and details are those of k8s.io/apimachinery/pkg/api/errors,
 * since clients match on them. https://pkg.go.dev/k8s.io/apimachinery/pkg/api/errors
 */
import type { Status } from '../../shapes/kube.ts';
import { type FieldError, fieldErrorBody, fieldErrorReason, fieldErrorText } from './field-errors.ts';

/** `deployments.apps`, or `pods` in the core group. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

/** `Deployment.apps`, or `Pod`. */
export interface GroupKind {
  readonly group: string;
  readonly kind: string;
}

export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** Details of a refusal; `kind` holds the plural resource name in most of them, as the real server has it. */
export type StatusDetails = NonNullable<Status['details']>;

const CODES = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  Conflict: 409,
  AlreadyExists: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServerTimeout: 500,
  ServiceUnavailable: 503,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof CODES | '';

/** Carries the Status that goes over the wire. `code` is the HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: Status & { readonly code: number };
  /** Texts of Warning headers that go with the refusal. */
  warnings: readonly string[] = [];
  /** The user may not ask: the refusal goes out with a header of its own. */
  unauthorized = false;

  constructor(status: Status & { readonly code: number }) {
    super(status.message ?? '');
    this.status = status;
  }

  get code(): number {
    return this.status.code;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }
}

export const isApiError = (error: unknown, reason?: StatusReason): error is ApiError =>
  error instanceof ApiError && (reason === undefined || error.reason === reason);

interface Refusal {
  readonly reason: StatusReason;
  readonly message: string;
  readonly code?: number;
  readonly details?: StatusDetails;
}

export function refuse({ reason, message, code, details }: Refusal): ApiError {
  return new ApiError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    ...(reason === '' ? {} : { reason }),
    ...(details ? { details } : {}),
    code: code ?? (reason === '' ? 500 : CODES[reason]),
  });
}

export const groupResourceText = (gr: GroupResource): string =>
  gr.group === '' ? gr.resource : `${gr.resource}.${gr.group}`;
export const groupKindText = (gk: GroupKind): string => (gk.group === '' ? gk.kind : `${gk.kind}.${gk.group}`);

/** Empty fields are left out of the details, as Go's `omitempty` does. */
function named(group: string, kind: string, name: string): StatusDetails {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), ...(kind ? { kind } : {}) };
}

export const notFound = (gr: GroupResource, name: string): ApiError =>
  refuse({
    reason: 'NotFound',
    message: `${groupResourceText(gr)} ${quote(name)} not found`,
    details: named(gr.group, gr.resource, name),
  });

/** The path leads nowhere, though its group is known. */
export const routeNotFound = (): ApiError =>
  refuse({ reason: 'NotFound', message: 'the server could not find the requested resource', details: {} });

export const alreadyExists = (gr: GroupResource, name: string): ApiError =>
  refuse({
    reason: 'AlreadyExists',
    message: `${groupResourceText(gr)} ${quote(name)} already exists`,
    details: named(gr.group, gr.resource, name),
  });

export const conflict = (gr: GroupResource, name: string, problem: string): ApiError =>
  refuse({
    reason: 'Conflict',
    message: `Operation cannot be fulfilled on ${groupResourceText(gr)} ${quote(name)}: ${problem}`,
    details: named(gr.group, gr.resource, name),
  });

/** What an optimistic lock answers. */
export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export const applyConflict = (causes: readonly StatusCause[], message: string): ApiError =>
  refuse({ reason: 'Conflict', message, details: { causes } });

export const unauthorized = (): ApiError => refuse({ reason: 'Unauthorized', message: 'Unauthorized' });

export const forbidden = (gr: GroupResource, name: string, problem: string): ApiError => {
  const subject =
    gr.resource === '' ? 'forbidden' : `${groupResourceText(gr)} ${name ? `${quote(name)} ` : ''}is forbidden`;
  return refuse({
    reason: 'Forbidden',
    message: `${subject}: ${problem}`,
    details: named(gr.group, gr.resource, name),
  });
};

export const badRequest = (message: string): ApiError => refuse({ reason: 'BadRequest', message });

export const methodNotAllowed = (): ApiError =>
  refuse({
    reason: 'MethodNotAllowed',
    message: 'the server does not allow this method on the requested resource',
    details: {},
  });

export const methodNotSupported = (gr: GroupResource, action: string): ApiError =>
  refuse({
    reason: 'MethodNotAllowed',
    message: `${action} is not supported on resources of kind "${groupResourceText(gr)}"`,
    details: named(gr.group, gr.resource, ''),
  });

/** Several field errors at once. An empty list is a mistake of the caller. */
export function invalid(gk: GroupKind, name: string, errors: readonly FieldError[]): ApiError {
  const causes = errors.map((error) => ({
    reason: fieldErrorReason(error),
    message: fieldErrorBody(error),
    field: error.field,
  }));
  return refuse({
    reason: 'Invalid',
    message: `${groupKindText(gk)} ${quote(name)} is invalid: ${aggregate(errors.map(fieldErrorText))}`,
    details: { ...named(gk.group, gk.kind, name), causes },
  });
}

/** The kind that refusals name: objects of a group that shares its kind with another are checked as that one's. */
export const checkedKind = (type: GroupKind & { readonly storedAs?: string }): GroupKind => ({
  group: type.storedAs?.split('/')[0] ?? type.group,
  kind: type.kind,
});

/** One message as it is, several in brackets; repeated ones once. */
export function aggregate(messages: readonly string[]): string {
  const unique = [...new Set(messages)];
  return unique.length === 1 ? (unique[0] as string) : `[${unique.join(', ')}]`;
}

export const expired = (message: string): ApiError => refuse({ reason: 'Expired', message });

export const internalError = (problem: string): ApiError =>
  refuse({
    reason: 'InternalError',
    message: `Internal error occurred: ${problem}`,
    details: { causes: [{ message: problem }] },
  });

export const serviceUnavailable = (message: string): ApiError => refuse({ reason: 'ServiceUnavailable', message });

/** An error of the server's machinery that has no API form: code 500, no reason. */
export const rawServerError = (message: string): ApiError => refuse({ reason: '', message, code: 500 });

export const tooManyRequests = (message: string, details: StatusDetails): ApiError =>
  refuse({ reason: 'TooManyRequests', message, details });

export const entityTooLarge = (problem: string): ApiError =>
  refuse({ reason: 'RequestEntityTooLarge', message: `Request entity too large: ${problem}` });

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  refuse({
    reason: 'UnsupportedMediaType',
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  });

export const notAcceptable = (accepted: readonly string[]): ApiError =>
  refuse({ reason: 'NotAcceptable', message: `only the following media types are accepted: ${accepted.join(', ')}` });

export const wrongForm = (message: string): ApiError => refuse({ reason: 'NotAcceptable', message });

/** What Go says of a type without generated protobuf code. */
export const notEncodable = (kind: string): ApiError =>
  refuse({
    reason: 'NotAcceptable',
    message: `object ${kind} does not implement the protobuf marshalling interface and cannot be encoded to a protobuf message`,
  });

/** Go's `%q`. */
export const quote = (text: string): string =>
  JSON.stringify(text)
    .replaceAll('\u007f', '\\x7f')
    .replaceAll('\\u000b', '\\v')
    .replaceAll('\\u0007', '\\a')
    .replace(/\\u00([01][0-9a-f])/g, '\\x$1');

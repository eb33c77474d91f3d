/**
 * The seam between us and an API server. Three implementations: real HTTP(S), the in-process sandbox, and a faulty
 * wrapper around either (the simulator's).
 */
import type { KubeObject } from './kube.ts';

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path with its query, already encoded: `/api/v1/namespaces/a/pods?limit=500`. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

export interface WatchEvent<T = KubeObject> {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';
  /** For ERROR a `Status`. */
  readonly object: T;
}

/**
 * An answer's body. Bytes come from a socket (or the sandbox asked for protobuf). Objects come from the in-process
 * sandbox without being serialised: they are frozen and shared, a receiver that wants to change one copies it. `events`
 * is an open watch; end it by returning from the iteration or aborting the request's signal.
 */
export type KubeBody =
  | { readonly form: 'bytes'; readonly chunks: AsyncIterable<Uint8Array> }
  | { readonly form: 'object'; readonly value: unknown }
  | { readonly form: 'events'; readonly events: AsyncIterable<WatchEvent<unknown>> };

export interface KubeResponse {
  readonly status: number;
  /** Names in lower case; several values of one name joined with `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: KubeBody;
}

export interface Transport {
  /** Rejects only when no answer came (connection refused or reset, time-out, abort). Any HTTP status is an answer. */
  send(request: KubeRequest, signal?: AbortSignal): Promise<KubeResponse>;
}

/** Why no answer came. A closed set, so that callers can switch on it. */
export type TransportErrorCode =
  | 'ConnectionRefused'
  | 'ConnectionReset'
  | 'ConnectTimeout'
  | 'HostNotFound'
  | 'CertificateInvalid'
  | 'CredentialsUnreadable'
  | 'Timeout'
  | 'Aborted'
  | 'BodyTruncated'
  | 'BodyTooLarge'
  | 'TransportFailed';

/** `no`: the server never got the request. `maybe`: it may have been received, and committed. */
export type Delivery = 'no' | 'maybe';

/**
 * What every transport rejects with, and what the iteration of a body throws when the connection breaks in the middle.
 */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly code: TransportErrorCode;
  readonly delivered: Delivery;

  constructor(
    code: TransportErrorCode,
    message: string,
    options: { readonly delivered: Delivery; readonly cause?: unknown },
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.delivered = options.delivered;
  }
}

/**
 * Calls of servers outside of the sandbox: admission and conversion webhooks, other API servers. The sandbox opens no
 * connection itself: its maker hands in how one is made.
 */

/** One request to a server outside. */
export interface OutsideRequest {
  readonly method: string;
  /** As the server is told: `https://hooks.shop.svc:443/validate?timeout=10s`. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** PEM of the authorities that may have signed the server's certificate; empty: those that the machine trusts. */
  readonly caBundle: string;
  /** The certificate is not looked at. */
  readonly insecure?: true;
  /** `host:port` to connect to where it is not the URL's own: the place of a Service. */
  readonly address?: string;
}

export interface OutsideResponse {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Makes one request. A connection that fails rejects with an Error whose message says why, as Go's net package would:
 * `dial tcp 127.0.0.1:9443: connect: connection refused`.
 */
export type CallOutside = (request: OutsideRequest, signal: AbortSignal) => Promise<OutsideResponse>;

export interface ServicePort {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

/** How the sandbox reaches what runs outside of it. */
export interface OutsideWorld {
  readonly call: CallOutside;
  /** Where the pods of a Service would answer: `127.0.0.1:9443`. Undefined: nowhere. Default: none is anywhere. */
  readonly resolve?: (service: ServicePort) => string | undefined;
}

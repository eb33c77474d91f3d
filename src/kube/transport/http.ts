/**
 * HTTP(S) to a real API server over `node:http`/`node:https`: connections are kept alive, answers may be gzipped,
 * certificates and tokens come from a `Connection` that is asked before each request, since they rotate.
 *
 * Errors: `TransportError`, when no answer came or a body broke off. `delivered: 'no'` only while the request cannot
 * have left: no connection, no trust in the server's certificate, no credentials.
 */
import http from 'node:http';
import https from 'node:https';
import { createGunzip } from 'node:zlib';
import type { Clock } from '../../std/clock.ts';
import { sleepUntil } from '../deadline.ts';
import {
  type Delivery,
  type KubeRequest,
  type KubeResponse,
  type Transport,
  TransportError,
  type TransportErrorCode,
} from '../../shapes/transport.ts';

export interface Credentials {
  /** Names in lower case; `authorization` among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** The same agent for as long as certificates and proxy stay the same: it holds the connections. */
  readonly agent: http.Agent;
}

/** Where a server is and how to be let in. */
export interface Connection {
  /** `https://10.0.0.1:443`, with a path prefix when the server has one. */
  readonly server: string;
  /** Of the credentials (kubeconfig context, service account); where the operator lives by default. */
  readonly namespace: string | undefined;
  /** Rejects with a `TransportError` when they cannot be read. */
  credentials(): Promise<Credentials>;
  /** The server refused them (401): read them anew before the next request. */
  invalidate(): void;
}

export interface HttpTransportConfig {
  readonly connection: Connection;
  readonly clock: Clock;
  /** To the end of the TLS handshake. Default 10 s: three SYN repeats (1 + 2 + 4 s) and a slow handshake. */
  readonly connectTimeoutMs?: number;
}

export function createHttpTransport(config: HttpTransportConfig): Transport {
  const { connection } = config;
  const base = new URL(connection.server);
  const prefix = base.pathname.replace(/\/$/, '');
  return {
    async send(request, signal) {
      signal?.throwIfAborted();
      const { headers, agent } = await connection.credentials();
      const body = request.body === undefined ? undefined : Buffer.from(request.body);
      const response = await exchange(config, {
        body,
        signal,
        options: {
          agent,
          protocol: base.protocol,
          hostname: base.hostname.replace(/^\[|\]$/g, ''),
          port: base.port,
          method: request.method,
          path: prefix + request.path,
          headers: {
            ...request.headers,
            ...headers,
            ...(body === undefined ? {} : { 'content-length': body.byteLength }),
          },
        },
      });
      if (response.statusCode === 401) connection.invalidate();
      return toKubeResponse(response, request);
    },
  };
}

/** An agent with the settings that watches and lists want. */
export function createAgent(server: string, tls: https.AgentOptions): http.Agent {
  // Keep-alive probes find a dead peer under an idle watch; 256 sockets are five times the caches and workers of one
  // operator.
  const common = { keepAlive: true, keepAliveMsecs: 30_000, maxSockets: 256, maxFreeSockets: 16 };
  return server.startsWith('https:') ? new https.Agent({ ...common, ...tls }) : new http.Agent(common);
}

/** A reason made once: one of the runtime's own, with a stack, would be made for every request. */
const OVER = new Error('the wait is over');

interface Exchange {
  readonly options: https.RequestOptions;
  readonly body: Buffer | undefined;
  readonly signal: AbortSignal | undefined;
}

function exchange(
  { clock, connectTimeoutMs = 10_000 }: HttpTransportConfig,
  { options, body, signal }: Exchange,
): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const over = new AbortController();
    let connected = false;
    const request = (options.protocol === 'https:' ? https : http).request(options);
    const fail = (error: unknown) => {
      over.abort(OVER);
      signal?.removeEventListener('abort', abort);
      reject(toTransportError(error, connected ? 'maybe' : 'no'));
    };
    const abort = () => {
      const reason: unknown = signal?.reason;
      const delivered = connected ? 'maybe' : 'no';
      request.destroy(
        reason instanceof TransportError
          ? reason
          : new TransportError('Aborted', 'aborted', { delivered, cause: reason }),
      );
    };
    signal?.addEventListener('abort', abort, { once: true });
    request.on('error', fail);
    request.on('socket', (socket) => {
      const ready = options.protocol === 'https:' ? 'secureConnect' : 'connect';
      // A kept-alive socket is connected already: what is written now may arrive.
      connected = request.reusedSocket || !socket.connecting;
      if (connected && options.protocol !== 'https:') return;
      if (request.reusedSocket) return;
      socket.once(ready, () => {
        connected = true;
        over.abort(OVER);
      });
      void sleepUntil(clock, clock.now() + connectTimeoutMs, over.signal).then((late) => {
        if (late)
          request.destroy(
            new TransportError('ConnectTimeout', `no connection within ${connectTimeoutMs / 1000} s`, {
              delivered: 'no',
            }),
          );
      });
    });
    request.on('response', (response) => {
      over.abort(OVER);
      // From here on an abort ends the body.
      signal?.removeEventListener('abort', abort);
      const abortBody = () => response.destroy(signal?.reason instanceof Error ? signal.reason : new Error('aborted'));
      signal?.addEventListener('abort', abortBody, { once: true });
      response.once('close', () => signal?.removeEventListener('abort', abortBody));
      resolve(response);
    });
    request.end(body);
  });
}

function toKubeResponse(response: http.IncomingMessage, request: KubeRequest): KubeResponse {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  let stream: NodeJS.ReadableStream & AsyncIterable<Uint8Array> = response;
  if (headers['content-encoding'] === 'gzip') {
    const gunzip = createGunzip();
    // Not a pipeline: what breaks the one must break the other, in both directions.
    response.on('error', (error) => gunzip.destroy(error));
    response.on('aborted', () => gunzip.destroy(new Error('the connection broke off')));
    gunzip.on('close', () => response.destroy());
    stream = response.pipe(gunzip);
    delete headers['content-encoding'];
    delete headers['content-length'];
  }
  const what = `${request.method} ${request.path}`;
  return {
    status: response.statusCode ?? 0,
    headers,
    body: { form: 'bytes', chunks: chunksOf(stream, { response, what }) },
  };
}

/** The stream's chunks; returning early, even before the first, lets go of the connection. */
function chunksOf(
  stream: AsyncIterable<Uint8Array>,
  from: { readonly response: http.IncomingMessage; readonly what: string },
): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const inner = stream[Symbol.asyncIterator]();
      return {
        async next() {
          try {
            return await inner.next();
          } catch (error) {
            if (error instanceof TransportError) throw error;
            throw new TransportError('BodyTruncated', `${from.what}: the answer broke off: ${messageOf(error)}`, {
              delivered: 'maybe',
              cause: error,
            });
          }
        },
        async return() {
          from.response.destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

const CODES: Readonly<Record<string, { readonly code: TransportErrorCode; readonly delivered?: Delivery }>> = {
  ECONNREFUSED: { code: 'ConnectionRefused', delivered: 'no' },
  ENOTFOUND: { code: 'HostNotFound', delivered: 'no' },
  EAI_AGAIN: { code: 'HostNotFound', delivered: 'no' },
  EHOSTUNREACH: { code: 'ConnectionRefused', delivered: 'no' },
  ENETUNREACH: { code: 'ConnectionRefused', delivered: 'no' },
  ETIMEDOUT: { code: 'ConnectTimeout' },
  ECONNRESET: { code: 'ConnectionReset' },
  EPIPE: { code: 'ConnectionReset' },
};

/** OpenSSL's verification errors and Node's own. All come before the first byte of a request. */
const CERTIFICATE = /^(CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|ERR_TLS_CERT|ERR_SSL_|HOSTNAME_MISMATCH|INVALID_CA)/;

function toTransportError(error: unknown, delivered: Delivery): TransportError {
  if (error instanceof TransportError) return error;
  const code = error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
  const known = CODES[code];
  if (known !== undefined)
    return new TransportError(known.code, messageOf(error), { delivered: known.delivered ?? delivered, cause: error });
  if (CERTIFICATE.test(code))
    return new TransportError('CertificateInvalid', messageOf(error), { delivered: 'no', cause: error });
  return new TransportError('TransportFailed', messageOf(error), { delivered, cause: error });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message || error.name : String(error));

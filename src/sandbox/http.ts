/**
 * The sandbox over HTTP, for kubectl and every other client: on loopback, plain with tokens, or over TLS with client
 * certificates as well.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { type AddressInfo, createServer as createNetServer, type Server as NetServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import type { KubeResponse } from '../shapes/transport.ts';
import { yaml } from '../std/late-packages.ts';
import { certificateUser } from './access/certificates.ts';
import { foreignRequest } from './browser-guard.ts';
import { MAX_BODY_BYTES } from './apiserver/decode.ts';
import type { UserInfo } from './machinery/identity.ts';
import type { ApiServer } from './apiserver/server.ts';

export interface HttpOptions {
  /** 0: any free one. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default: plain HTTP. */
  readonly tls?: TlsOptions;
}

/** PEM, one or more of each. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /**
   * Who signs certificates of clients. Those that it did not sign say nothing, as with kube-apiserver's
   * `--client-ca-file`.
   */
  readonly clientCa?: string;
  /** `answered`: the same port answers plain HTTP too, for clients that cannot be told whom to trust. */
  readonly plain?: 'answered';
}

export interface HttpServer {
  /** `http://127.0.0.1:8080`; `https:` with TLS. */
  readonly url: string;
  readonly port: number;
  /** Ends open watches, lets requests in hand finish. */
  close(): Promise<void>;
}

/** Answers up to this are sent as they are, as the real server does. */
const MAX_PLAIN_BYTES = 128 * 1024;

const gzipped = promisify(gzip);

export async function serveHttp(server: ApiServer, options: HttpOptions): Promise<HttpServer> {
  /** Of the requests in hand. */
  const open = new Set<AbortController>();
  let closing = false;
  const { tls } = options;
  const host = options.host ?? '127.0.0.1';
  // Connections without a request in hand. Node waits for those that never had one, since it takes them for busy.
  const idle = new Set<Socket>();
  const front = listenerOf({ tls, idle }, (request, response) => {
    const { socket } = request;
    idle.delete(socket);
    const gone = new AbortController();
    open.add(gone);
    if (closing) gone.abort(CLOSING);
    response.once('close', () => {
      open.delete(gone);
      // After a whole answer nothing is left to be broken off.
      if (!response.writableFinished) gone.abort(new Error('the client went away'));
      if (closing) socket.destroySoon();
      else if (!socket.destroyed) idle.add(socket);
    });
    const foreign = foreignRequest(request.headers, host);
    if (foreign !== undefined) {
      // The body is not read: the connection ends with the answer.
      response.writeHead(403, { 'content-type': 'text/plain', connection: 'close' }).end(`${foreign}\n`);
      return;
    }
    exchange(server, { request, response, signal: gone.signal }).catch((error: unknown) =>
      response.destroy(error instanceof Error ? error : new Error(String(error))),
    );
  });
  await new Promise<void>((resolve, reject) => {
    front.once('error', reject);
    front.listen(options.port, host, resolve);
  });
  // A connection that could not be accepted is the client's loss: without a listener it would end the process.
  front.on('error', () => undefined);
  const { port } = front.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http' : 'https'}://${host.includes(':') ? `[${host}]` : host}:${port}`,
    port,
    close: () =>
      new Promise<void>((resolve) => {
        closing = true;
        for (const each of open) each.abort(CLOSING);
        front.close(() => resolve());
        for (const socket of idle) socket.destroy();
      }),
  };
}

const CLOSING = new Error('the server is closing');

/** What listens; it keeps each new connection among those that are idle. */
function listenerOf(
  { tls, idle }: { readonly tls: TlsOptions | undefined; readonly idle: Set<Socket> },
  listener: RequestListener,
): NetServer {
  const opened = (socket: Socket): void => {
    idle.add(socket);
    socket.once('close', () => idle.delete(socket));
  };
  if (tls === undefined) return lasting(createServer(listener)).on('connection', opened);
  const secure = lasting(securedBy(tls, listener)).on('secureConnection', opened);
  if (tls.plain === undefined) return secure;
  const plain = lasting(createServer(listener));
  return createNetServer((socket) => {
    opened(socket);
    socket.on('error', () => undefined);
    socket.once('readable', () => {
      const first: Buffer | null = socket.read(1);
      if (first === null) return;
      socket.unshift(first);
      const encrypted = first[0] === TLS_HANDSHAKE;
      // Requests come on the socket that TLS makes of it.
      if (encrypted) idle.delete(socket);
      (encrypted ? secure : plain).emit('connection', socket);
    });
  });
}

/** The first byte of a TLS connection; no method of HTTP begins with it. */
const TLS_HANDSHAKE = 0x16;

function lasting(http: Server): Server {
  // Watches last longer than any request time-out of node's.
  http.requestTimeout = 0;
  // Clients that poll every few seconds keep their connection; node's 5 s would reset it under them.
  http.keepAliveTimeout = 90_000;
  return http;
}

/**
 * Clients are asked for a certificate and may have none, or a worthless one: who they are then is up to their token.
 */
function securedBy({ cert, key, clientCa }: TlsOptions, listener: RequestListener): Server {
  const asked = clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false, ca: clientCa };
  return createTlsServer({ cert, key, minVersion: 'TLSv1.2', ...asked }, listener);
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly signal: AbortSignal;
}

/** Go's server answers by itself what is no path of its own, or holds an escape that is none. */
const PATH = /^\/(?:[^%]|%[0-9a-fA-F]{2})*$/;

async function exchange(server: ApiServer, { request, response, signal }: Exchange): Promise<void> {
  if (!PATH.test((request.url ?? '').split('?', 1)[0] ?? '')) {
    response.writeHead(400, { 'content-type': 'text/plain; charset=utf-8', connection: 'close' });
    response.end('400 Bad Request');
    return;
  }
  const body = await readBody(request);
  const certified = request.socket instanceof TLSSocket ? certifiedUser(request.socket) : undefined;
  const answer = await server.handle(
    {
      method: request.method ?? 'GET',
      path: request.url ?? '/',
      headers: headersOf(request),
      ...(body.length > 0 ? { body } : {}),
      ...(certified === undefined ? {} : { certified }),
    },
    signal,
  );
  await sendResponse({ request, response }, answer);
}

/**
 * Node takes a resumed session of TLS 1.3 for authorised even when no certificate was shown: OpenSSL verified nothing.
 * https://github.com/nodejs/node/blob/v20.20.0/src/crypto/crypto_common.cc (VerifyPeerCertificate)
 */
function certifiedUser(socket: TLSSocket): UserInfo | undefined {
  if (!socket.authorized) return undefined;
  const certificate = socket.getPeerCertificate();
  return Object.keys(certificate).length === 0 ? undefined : certificateUser(certificate);
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

const readBody = (request: IncomingMessage): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      // Of a body above the limit just so much is kept that the server sees it is; the rest is read, so that the client
      // hears the answer.
      if (size <= MAX_BODY_BYTES) chunks.push(chunk);
      size += chunk.length;
    });
    request.once('end', () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)));
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new Error('the client went away'));
    });
  });

async function sendResponse({ request, response }: Omit<Exchange, 'signal'>, answer: KubeResponse): Promise<void> {
  const { body } = answer;
  const headers: Record<string, string> = { ...answer.headers };
  const stream = streamOf(answer);
  if (stream !== undefined) {
    response.writeHead(answer.status, { ...headers, 'transfer-encoding': 'chunked' });
    response.flushHeaders();
    for await (const frame of stream) {
      if (response.destroyed) break;
      if (!response.write(frame)) await drained(response);
    }
    response.end();
    return;
  }
  const content =
    body.form === 'bytes'
      ? await collect(body.chunks)
      : Buffer.from(serialise(body.form === 'object' ? body.value : undefined, { headers, request }));
  const compress = content.length > MAX_PLAIN_BYTES && /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  const sent = compress ? await gzipped(content, { level: 1 }) : content;
  if (compress) {
    headers['content-encoding'] = 'gzip';
    headers['vary'] = 'Accept-Encoding';
  }
  response.writeHead(answer.status, {
    ...headers,
    ...(answer.status === 204 ? {} : { 'content-length': String(sent.length) }),
  });
  response.end(request.method === 'HEAD' || answer.status === 204 ? undefined : sent);
}

/** What goes out as it comes: watches. */
function streamOf({ body, headers }: KubeResponse): AsyncIterable<string | Uint8Array> | undefined {
  if (body.form === 'events') return lines(body.events);
  return body.form === 'bytes' && headers['content-type']?.includes('stream=watch') ? body.chunks : undefined;
}

async function* lines(events: AsyncIterable<unknown>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done);
    response.once('close', done);
  });

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

/** People's tools get indented JSON, as from the real server; everybody else gets one line. */
function serialise(
  value: unknown,
  { headers, request }: { readonly headers: Readonly<Record<string, string>>; readonly request: IncomingMessage },
): string {
  if (headers['content-type']?.startsWith('application/yaml')) return yaml().stringify(value);
  const agent = request.headers['user-agent'] ?? '';
  const pretty =
    /[?&]pretty=(?!0|false)/.test(request.url ?? '') ||
    (/^(curl|Wget|Mozilla)/.test(agent) && !/[?&]pretty=(0|false)/.test(request.url ?? ''));
  return `${pretty ? JSON.stringify(value, null, 2) : JSON.stringify(value)}\n`;
}

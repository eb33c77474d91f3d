/** The way out of a sandbox that runs in Node: HTTP over TLS, to servers on this machine. */
import { type IncomingMessage, request as requestPlain, type RequestOptions } from 'node:http';
import { request as requestTls } from 'node:https';
import { BlockList, isIP } from 'node:net';
import { checkServerIdentity, rootCertificates } from 'node:tls';
import type { CallOutside, OutsideRequest, OutsideResponse, OutsideWorld } from '../machinery/outside-call.ts';

/** A larger answer is no answer of a webhook: etcd takes 1.5 MiB for one object, and lists are converted in one. */
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isHere(host: string): boolean {
  if (host === 'localhost') return true;
  const family = isIP(host);
  return family !== 0 && LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Calls servers on loopback alone: an object in a test's cluster shall not send what the cluster holds anywhere else.
 * `resolve` says where the pods of a Service would answer, as `host:port`.
 */
export const callsOverTls = (resolve?: OutsideWorld['resolve']): OutsideWorld => ({
  call,
  ...(resolve === undefined ? {} : { resolve }),
});

const call: CallOutside = (request, signal) => {
  const url = new URL(request.url);
  const place = new URL(request.address === undefined ? request.url : `${url.protocol}//${request.address}`);
  const host = place.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!isHere(host))
    throw new Error(`dial tcp ${place.host}: the sandbox calls no servers but those of this machine; use 127.0.0.1`);
  const secure = url.protocol === 'https:';
  const options: RequestOptions = {
    method: request.method,
    host,
    port: place.port === '' ? (secure ? 443 : 80) : Number(place.port),
    path: `${url.pathname}${url.search}`,
    headers: { host: authorityOf(request.url), 'content-length': Buffer.byteLength(request.body), ...request.headers },
    signal,
    // Node would keep the connection for a next call, and the process with it.
    agent: false,
  };
  return new Promise<OutsideResponse>((resolve, reject) => {
    const heard = (response: IncomingMessage): void => {
      read(response).then(resolve, (cause: unknown) => reject(asGoSays(cause, options)));
    };
    const sent = secure ? requestTls({ ...options, ...tlsOf(request, url) }, heard) : requestPlain(options, heard);
    sent.on('error', (cause) => reject(signal.aborted ? (signal.reason as Error) : asGoSays(cause, options)));
    sent.end(request.body);
  });
};

/** As the URL has it: a URL object leaves out the port that goes without saying. */
const authorityOf = (url: string): string => /^[a-z]+:\/\/([^/?]*)/.exec(url)?.[1] ?? '';

/** A certificate is checked for the name in the URL, whatever address answers for it. */
function tlsOf({ caBundle, insecure }: OutsideRequest, url: URL) {
  const name = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return {
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_: string, certificate: Parameters<typeof checkServerIdentity>[1]) =>
      checkServerIdentity(name, certificate),
    ca: caBundle === '' ? [...rootCertificates] : [caBundle],
    ...(insecure ? { rejectUnauthorized: false } : {}),
  };
}

async function read(response: IncomingMessage): Promise<OutsideResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new Error(`the answer has more than ${MAX_ANSWER_BYTES} bytes`);
    chunks.push(chunk);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers))
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString('utf8') };
}

const UNKNOWN_AUTHORITY = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

/** Errors that both know, in the words that operators' logs and events have them in. */
const IN_GO: Readonly<Record<string, (place: string, message: string) => string>> = {
  ECONNREFUSED: (place) => `dial tcp ${place}: connect: connection refused`,
  ECONNRESET: () => 'EOF',
  ENOTFOUND: (place) => `dial tcp: lookup ${place.replace(/:\d+$/, '')}: no such host`,
  DEPTH_ZERO_SELF_SIGNED_CERT: () => UNKNOWN_AUTHORITY,
  SELF_SIGNED_CERT_IN_CHAIN: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT: () => UNKNOWN_AUTHORITY,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: () => UNKNOWN_AUTHORITY,
  CERT_HAS_EXPIRED: () =>
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid: certificate has expired',
  CERT_NOT_YET_VALID: () =>
    'tls: failed to verify certificate: x509: certificate has expired or is not yet valid: certificate is not yet valid',
  ERR_TLS_CERT_ALTNAME_INVALID: (_, message) => `tls: failed to verify certificate: x509: ${message}`,
  EPROTO: () => 'tls: first record does not look like a TLS handshake',
};

function asGoSays(cause: unknown, { host, port }: RequestOptions): Error {
  if (!(cause instanceof Error)) return new Error(String(cause));
  const code = 'code' in cause ? String(cause.code) : '';
  const place = `${host?.includes(':') ? `[${host}]` : (host ?? '')}:${String(port)}`;
  return new Error(IN_GO[code]?.(place, cause.message) ?? cause.message, { cause });
}

/**
 * Endpoints and channels of the operator's configuration over HTTP. A call has a connection of its own: nothing is
 * repeated here and no redirect is followed, so that only the configured server gets it. URLs, tokens and
 * keys are read for each call and appear in no answer (I32): errors are told by their code alone, since the texts of
 * the system name hosts.
 */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { EndpointSettings } from '../../api/endpoint-schema.ts';
import { sleepUntil } from '../../kube/deadline.ts';
import { type KubeResponse, TransportError, type TransportErrorCode } from '../../shapes/transport.ts';
import { createHttpTransport } from '../../kube/transport/http.ts';
import { type EndpointAnswer, type EndpointCall, type Endpoints, NO_ENDPOINTS } from '../../operator/ports.ts';
import type { Clock } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { type Result, whyNot } from '../../std/result.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { MESSENGERS } from './index.ts';
import { Memory, type ServiceAnswer, type ServiceRequest } from './told.ts';

/** A wait that a server asks for is not believed beyond this; the action's own retries are no slower. */
const MAX_RETRY_AFTER_SECONDS = 600;

export function httpEndpoints(settings: readonly EndpointSettings[], clock: Clock): Endpoints {
  const known = new Map(settings.map((one) => [one.name, { settings: one, memory: new Memory() }]));
  return {
    send: async (call) => {
      const found = known.get(call.endpoint);
      return found === undefined ? NO_ENDPOINTS.send(call) : callOnce({ ...found, call, clock });
    },
  };
}

interface Calling {
  readonly settings: EndpointSettings;
  readonly memory: Memory;
  readonly call: EndpointCall;
  readonly clock: Clock;
}

async function callOnce(calling: Calling): Promise<EndpointAnswer> {
  const { settings, memory, call, clock } = calling;
  const access = await accessTo(settings);
  if ('whyNot' in access) return { kind: 'failed', code: 'NotReadable', message: access.whyNot, delivered: 'no' };
  const { routingKey } = access.value;
  const [done, late] = [new AbortController(), new AbortController()];
  void sleepUntil(clock, clock.now() + settings.timeoutMs, done.signal).then((over) => {
    if (over) late.abort(new Error('late'));
  });
  const send = (request: ServiceRequest) => exchange(calling, { access: access.value, request, late: late.signal });
  try {
    return await MESSENGERS[settings.type](call.body, { settings, routingKey, send, memory, now: () => clock.now() });
  } finally {
    done.abort(new Error('done'));
    access.value.agent.destroy();
  }
}

interface Exchange {
  readonly access: Access;
  readonly request: ServiceRequest;
  /** Aborted when the time of the whole call is over. */
  readonly late: AbortSignal;
}

async function exchange(
  { settings, call, clock }: Calling,
  { access, request, late }: Exchange,
): Promise<ServiceAnswer> {
  const { url, agent } = access;
  const { body = '' } = request;
  const transport = createHttpTransport({
    clock,
    connection: {
      server: url.origin,
      namespace: undefined,
      credentials: () => Promise.resolve({ headers: {}, agent }),
      invalidate: () => undefined,
    },
  });
  try {
    const headers = headersOf(access, { call, body, at: clock.now(), contentType: request.contentType });
    const path = `${request.path === undefined ? url.pathname : url.pathname.replace(/\/$/, '') + request.path}${url.search}`;
    const response = await transport.send(
      { method: request.method, path, headers, ...(request.body !== undefined && { body }) },
      late,
    );
    const value = await valueOf(response.body);
    const seconds = Number(response.headers['retry-after']);
    const wait = seconds > 0 ? { retryAfterMs: Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000 } : {};
    return { answer: { kind: 'answered', status: response.status, ...wait }, value };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const message = late.aborted ? `no answer within ${settings.timeoutMs / 1000} s` : WHY[error.code];
    const code = late.aborted ? 'Timeout' : error.code;
    return { answer: { kind: 'failed', code, message, delivered: error.delivered } };
  }
}

/** What services answer is a line; what is longer is none of their answers. */
const MAX_ANSWER_BYTES = 65_536;

/** The value of a JSON body; undefined for every other, and for one that goes on. */
async function valueOf(body: KubeResponse['body']): Promise<unknown> {
  if (body.form !== 'bytes') return body.form === 'object' ? body.value : undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // Leaving the loop closes the stream.
    for await (const chunk of body.chunks) {
      size += chunk.byteLength;
      if (size > MAX_ANSWER_BYTES) return undefined;
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString('utf8')) as unknown;
  } catch (error) {
    // The status has said whether it was taken; a body that broke off says nothing.
    if (error instanceof SyntaxError || error instanceof TransportError) return undefined;
    throw error;
  }
}

const WHY: Readonly<Record<TransportErrorCode, string>> = {
  ConnectionRefused: 'the connection was refused',
  ConnectionReset: 'the connection broke off',
  ConnectTimeout: 'no connection could be made in time',
  HostNotFound: 'its host name is not known',
  CertificateInvalid: 'its certificate is not trusted',
  CredentialsUnreadable: 'its credentials cannot be read',
  Timeout: 'no answer in time',
  Aborted: 'no answer in time',
  BodyTruncated: 'the answer broke off',
  BodyTooLarge: 'the answer is too large',
  TransportFailed: 'the exchange failed',
};

interface Access {
  readonly url: URL;
  readonly agent: http.Agent;
  readonly key: string | undefined;
  readonly token: string | undefined;
  readonly routingKey: string | undefined;
}

/** What the files hold now, or which setting cannot be used. */
async function accessTo(settings: EndpointSettings): Promise<Result<Access>> {
  const read = async (setting: string, file: string | undefined): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    let text: string;
    try {
      text = (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new UnreadableError(`the file of its ${setting} cannot be read: ${systemTrouble(error)}`);
    }
    // An empty key would sign, and anybody could.
    if (text === '') throw new UnreadableError(`the file of its ${setting} is empty`);
    return text;
  };
  try {
    const text = settings.url ?? (await read('urlFile', settings.urlFile)) ?? '';
    if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
      return whyNot('the file of its urlFile holds no http or https URL');
    const url = new URL(text);
    const tls = settings.tls ?? {};
    const ca = await read('tls.caFile', tls.caFile);
    const cert = await read('tls.certFile', tls.certFile);
    const certKey = await read('tls.keyFile', tls.keyFile);
    const agent =
      url.protocol === 'http:'
        ? new http.Agent()
        : new https.Agent(given({ ca, cert, key: certKey, servername: tls.serverName }));
    const key = await read('signingKeyFile', settings.signingKeyFile);
    const token = await read('bearerTokenFile', settings.bearerTokenFile);
    const routingKey = await read('routingKeyFile', settings.routingKeyFile);
    return { value: { url, agent, key, token, routingKey } };
  } catch (error) {
    if (error instanceof UnreadableError) return whyNot(error.message);
    throw error;
  }
}

class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

interface Signed {
  readonly call: EndpointCall;
  readonly body: string;
  readonly at: number;
  readonly contentType: string | undefined;
}

function headersOf({ key, token }: Access, { call, body, at, contentType }: Signed): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  return {
    'user-agent': 'kubeskippy',
    'idempotency-key': call.idempotencyKey,
    'x-kubeskippy-endpoint': call.endpoint,
    'x-kubeskippy-timestamp': timestamp,
    ...given({
      'content-type': contentType,
      'x-kubeskippy-signature': ifGiven(key, (secret) =>
        signature(secret, [timestamp, call.endpoint, call.idempotencyKey, body].join('.')),
      ),
      authorization: ifGiven(token, (secret) => `Bearer ${secret}`),
    }),
  };
}

/**
 * Time, endpoint and key of idempotency are signed with the body: a call that was overheard can be played again neither
 * later, nor to another endpoint that has the same key, nor as another call. None of the three holds a dot.
 */
const signature = (key: string, signed: string): string =>
  `v2=${createHmac('sha256', key).update(signed).digest('hex')}`;

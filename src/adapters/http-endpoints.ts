/**
 * Endpoints and channels of the operator's configuration over HTTP. A call is one POST on a connection of its own:
 * nothing is repeated here and no redirect is followed, so that only the configured server gets it. URLs, tokens and
 * keys are read for each call and appear in no answer (I32): errors are told by their code alone, since the texts of
 * the system name hosts.
 */
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import https from 'node:https';
import type { EndpointSettings } from '../api/endpoint-schema.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { TransportError, type TransportErrorCode } from '../shapes/transport.ts';
import { createHttpTransport } from '../kube/transport/http.ts';
import { type EndpointAnswer, type EndpointCall, type Endpoints, NO_ENDPOINTS } from '../operator/ports.ts';
import type { Clock } from '../std/clock.ts';
import { given, ifGiven } from '../std/given.ts';
import { printable } from '../std/printable.ts';
import { type Result, whyNot } from '../std/result.ts';

/** A wait that a server asks for is not believed beyond this; the action's own retries are no slower. */
const MAX_RETRY_AFTER_SECONDS = 600;

export function httpEndpoints(settings: readonly EndpointSettings[], clock: Clock): Endpoints {
  const known = new Map(settings.map((one) => [one.name, one]));
  return {
    send: async (call) => {
      const settingsOf = known.get(call.endpoint);
      return settingsOf === undefined ? NO_ENDPOINTS.send(call) : callOnce(settingsOf, call, clock);
    },
  };
}

async function callOnce(settings: EndpointSettings, call: EndpointCall, clock: Clock): Promise<EndpointAnswer> {
  const access = await accessTo(settings);
  if ('whyNot' in access) return { kind: 'failed', code: 'NotReadable', message: access.whyNot, delivered: 'no' };
  const { url, agent } = access.value;
  const body = BODIES[settings.type](call.body);
  const transport = createHttpTransport({
    clock,
    connection: {
      server: url.origin,
      namespace: undefined,
      credentials: () => Promise.resolve({ headers: {}, agent }),
      invalidate: () => undefined,
    },
  });
  const [done, late] = [new AbortController(), new AbortController()];
  void sleepUntil(clock, clock.now() + settings.timeoutMs, done.signal).then((over) => {
    if (over) late.abort(new Error('late'));
  });
  try {
    const headers = headersOf(access.value, { call, body, at: clock.now() });
    const response = await transport.send(
      { method: 'POST', path: `${url.pathname}${url.search}`, headers, body },
      late.signal,
    );
    // The status says it all.
    if (response.body.form === 'bytes') await response.body.chunks[Symbol.asyncIterator]().return?.();
    const seconds = Number(response.headers['retry-after']);
    const wait = seconds > 0 ? { retryAfterMs: Math.min(seconds, MAX_RETRY_AFTER_SECONDS) * 1000 } : {};
    return { kind: 'answered', status: response.status, ...wait };
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    const message = late.signal.aborted ? `no answer within ${settings.timeoutMs / 1000} s` : WHY[error.code];
    return { kind: 'failed', code: late.signal.aborted ? 'Timeout' : error.code, message, delivered: error.delivered };
  } finally {
    done.abort(new Error('done'));
    agent.destroy();
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
}

/** What the files hold now, or which setting cannot be used. */
async function accessTo(settings: EndpointSettings): Promise<Result<Access>> {
  const read = async (setting: string, file: string | undefined): Promise<string | undefined> => {
    if (file === undefined) return undefined;
    let text: string;
    try {
      text = (await readFile(file, 'utf8')).trim();
    } catch (error) {
      throw new UnreadableError(
        `the file of its ${setting} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'unknown error'}`,
      );
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
    return { value: { url, agent, key, token } };
  } catch (error) {
    if (error instanceof UnreadableError) return whyNot(error.message);
    throw error;
  }
}

class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

function headersOf(
  { key, token }: Access,
  { call, body, at }: { readonly call: EndpointCall; readonly body: string; readonly at: number },
): Readonly<Record<string, string>> {
  const timestamp = String(Math.floor(at / 1000));
  return {
    'content-type': 'application/json',
    'user-agent': 'kubeskippy',
    'idempotency-key': call.idempotencyKey,
    'x-kubeskippy-endpoint': call.endpoint,
    'x-kubeskippy-timestamp': timestamp,
    ...given({
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

/**
 * The body that Slack reads, and so do services that have the same incoming webhooks.
 * https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
 */
function slackBody(body: string): string {
  const { text } = JSON.parse(body) as { readonly text?: string };
  return JSON.stringify({ text: slackText(text ?? body) });
}

const SLACK_ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/**
 * As text and nothing else: `<!channel>` would call everybody, and `<http://evil|the runbook>` hide where a link goes.
 * https://docs.slack.dev/messaging/formatting-message-text#escaping
 */
const slackText = (text: string): string => printable(text).replaceAll(/[&<>]/g, (one) => SLACK_ESCAPES[one] ?? one);

/** By the type of the endpoint: what it is sent of a call. */
const BODIES: Readonly<Record<EndpointSettings['type'], (body: string) => string>> = {
  webhook: (body) => body,
  slack: slackBody,
};

/**
 * `/healthz`, `/readyz` and `/metrics` in the form that kubelets, Prometheus and people who know Kubernetes' own
 * endpoints expect.
 */
import { systemTrouble } from '../../std/system-trouble.ts';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CliError } from '../cli-error.ts';

export interface HealthCheck {
  readonly name: string;
  /** Undefined: fine. Else what is missing, in words (`caches not synced: pods, nodes`). */
  readonly problem: () => string | undefined;
  /** What people should know of it while it is fine. Shown to those who ask for details (`?verbose`). */
  readonly note?: () => string | undefined;
}

export interface EndpointResponse {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

type Route = (verbose: 'verbose' | 'terse') => EndpointResponse | Promise<EndpointResponse>;
/** By path, without the query. */
export type Routes = Readonly<Record<string, Route>>;

const PLAIN = 'text/plain; charset=utf-8';

/** As kube-apiserver's `/readyz`: `ok` alone, or a line per check when asked for or when one fails. */
export function healthRoute(name: string, checks: readonly HealthCheck[]): Route {
  return (verbose) => {
    const results = checks.map((check) => ({
      name: check.name,
      problem: check.problem(),
      note: check.note?.(),
    }));
    const failed = results.some(({ problem }) => problem !== undefined);
    if (!failed && verbose === 'terse') return { status: 200, contentType: PLAIN, body: 'ok' };
    const lines = results.map(({ name: of, problem, note }) =>
      problem === undefined ? `[+]${of} ok${note === undefined ? '' : `: ${note}`}` : `[-]${of} failed: ${problem}`,
    );
    return {
      status: failed ? 500 : 200,
      contentType: PLAIN,
      body: `${[...lines, `${name} check ${failed ? 'failed' : 'passed'}`].join('\n')}\n`,
    };
  };
}

export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export function metricsRoute(registry: MetricsRegistry): Route {
  return async () => ({ status: 200, contentType: registry.contentType, body: await registry.metrics() });
}

export interface Endpoint {
  readonly port: number;
  close(): Promise<void>;
}

/** A probe or a scrape is one short request; whoever takes longer to send it is not one. */
const REQUEST_TIMEOUT_MS = 10_000;
/** The kubelet's probes and a few scrapers hold one connection each; anybody in the network may open more. */
const MAX_CONNECTIONS = 100;

/**
 * `address` as `:8080`, `127.0.0.1:8080` or `[::1]:8080`; `0` serves nothing. Rejects with one line when the address is
 * taken. No request ends the process: one that cannot be read is answered with 400, and trouble with accepting
 * connections goes to `onTrouble`.
 */
export async function serveEndpoints(
  address: string,
  routes: Routes,
  onTrouble: (error: Error) => void,
): Promise<Endpoint | undefined> {
  if (address === '0') return undefined;
  const colon = address.lastIndexOf(':');
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  const port = Number(address.slice(colon + 1));
  if (colon < 0 || !Number.isInteger(port) || port > 65_535)
    throw new CliError(`${JSON.stringify(address)} is not an address such as :8080`);
  const server: Server = createServer((request, response) => void answer(routes, request, response));
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  server.maxConnections = MAX_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) =>
      reject(new CliError(`cannot listen on ${address}: ${systemTrouble(error)}`, { cause: error })),
    );
    server.listen(host === '' ? { port } : { port, host }, resolve);
  });
  server.on('error', onTrouble);
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(routes: Routes, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = urlOf(request.url);
  if (url === undefined) return reply(response, { status: 400, contentType: PLAIN, body: '400 Bad Request\n' });
  const route = routes[url.pathname];
  if (route === undefined) return reply(response, { status: 404, contentType: PLAIN, body: '404 page not found\n' });
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return reply(response, { status: 405, contentType: PLAIN, body: 'method not allowed\n' });
  try {
    reply(response, await route(url.searchParams.has('verbose') ? 'verbose' : 'terse'));
  } catch (error) {
    const body = `${error instanceof Error ? error.message : String(error)}\n`;
    reply(response, { status: 500, contentType: PLAIN, body });
  }
}

/** A path is read behind an origin: by itself, `//` would be read as the beginning of a host. */
function urlOf(target: string | undefined): URL | undefined {
  const text = target?.startsWith('/') === true ? `http://localhost${target}` : (target ?? '');
  return URL.canParse(text) ? new URL(text) : undefined;
}

function reply(response: ServerResponse, { status, contentType, body }: EndpointResponse): void {
  response.writeHead(status, { 'content-type': contentType, 'x-content-type-options': 'nosniff' });
  response.end(body);
}

/**
 * Credentials outside the cluster, from kubeconfig files: handed to the official client's KubeConfig, which knows exec
 * plugins, OIDC, proxies and client certificates. That package is large and loads only here. What client-go does and
 * the package does not is added beside it: kubeconfig-user.ts, proxy-environment.ts.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import type https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { TransportError } from '../../shapes/transport.ts';
import type { Clock } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { type Connection, createAgent, type Credentials } from '../transport/http.ts';
import {
  KubeconfigError,
  type KubeconfigFiles,
  type MergedKubeconfig,
  oneLine,
  partOf,
  type Parts,
  readKubeconfig,
  text,
} from './kubeconfig-files.ts';
import { type PreparedUser, preparedUser } from './kubeconfig-user.ts';
import { proxyFor } from './proxy-environment.ts';

export interface KubeconfigSource extends KubeconfigFiles {
  readonly context?: string | undefined;
  readonly clock: Clock;
}

/** How long credentials are used without asking their source again; exec plugins and OIDC keep their own expiry. */
const FRESH_MS = 10_000;

/** A context of the files and the cluster that it names. */
interface Chosen {
  readonly name: string;
  readonly context: Parts;
  readonly cluster: Parts;
  readonly prepared: PreparedUser;
  /** An http or https URL. */
  readonly server: string;
}

/** Throws `KubeconfigError`. */
export async function kubeconfigConnection(source: KubeconfigSource): Promise<Connection> {
  const merged = await readKubeconfig(source);
  const chosen = choose(merged, source);
  const config = await load(chosen);
  let agent: { readonly id: string; readonly agent: http.Agent } | undefined;
  let held: Credentials | undefined;
  let readAt = 0;
  return {
    server: chosen.server.replace(/\/$/, ''),
    namespace: text(chosen.context['namespace']) || undefined,
    async credentials() {
      if (held !== undefined && source.clock.monotonic() - readAt < FRESH_MS) return held;
      const options: https.RequestOptions = {};
      let token: string | undefined;
      try {
        await config.applyToHTTPSOptions(options);
        token = await tokenOf(chosen.prepared);
      } catch (cause) {
        const message = `context ${chosen.name}: ${whyUnreadable(chosen.prepared, cause)}`;
        throw new TransportError('CredentialsUnreadable', message, { delivered: 'no', cause });
      }
      const tls = tlsOf(options);
      // A new agent would drop the connections it holds: only when something it was made from has changed.
      const id = createHash('sha256').update(JSON.stringify(tls)).digest('hex');
      if (agent?.id !== id) agent = { id, agent: agentOf(chosen, { config, options, tls }) };
      // As client-go: over plain HTTP anybody on the way could read them.
      const headers = chosen.server.startsWith('https:')
        ? { ...headersOf(options), ...given({ authorization: ifGiven(token, (known) => `Bearer ${known}`) }) }
        : {};
      held = { headers, agent: agent.agent };
      readAt = source.clock.monotonic();
      return held;
    },
    invalidate() {
      held = undefined;
    },
  };
}

/** Kubelets and secret stores write a newline behind it, which no header may have. */
async function tokenOf({ tokenFile }: PreparedUser): Promise<string | undefined> {
  if (tokenFile === undefined) return undefined;
  const token = (await readFile(tokenFile, 'utf8')).trim();
  if (token === '') throw new Error(`the file of the token, ${tokenFile}, is empty`);
  return token;
}

function whyUnreadable({ plugin }: PreparedUser, cause: unknown): string {
  if (plugin === undefined) return oneLine(cause);
  const { command, installHint } = plugin;
  if ((cause as NodeJS.ErrnoException).code === 'ENOENT')
    return `the credential plugin ${command} is not there${installHint === '' ? '' : `: ${installHint}`}`;
  const said = cause instanceof TypeError || cause instanceof SyntaxError ? 'its answer is no ExecCredential' : '';
  return `the credential plugin ${command} failed: ${said || oneLine(cause) || 'it says not why'}`;
}

function choose(merged: MergedKubeconfig, { context: wanted, env }: KubeconfigSource): Chosen {
  const name = wanted ?? merged['current-context'];
  if (name === '')
    throw new KubeconfigError('NoContext', 'the kubeconfig has no current context; choose one of its contexts');
  const context = partOf(merged.contexts, { name, part: 'context', kind: 'context' });
  const found = partOf(merged.clusters, { name: text(context['cluster']), part: 'cluster', kind: 'cluster' });
  const server = text(found['server']);
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) {
    throw new KubeconfigError(
      'Malformed',
      `context ${name}: cluster.server ${JSON.stringify(server)} is not an http or https URL`,
    );
  }
  const proxy = text(found['proxy-url']) || proxyFor(server, env);
  const cluster = { ...found, ...given({ 'proxy-url': proxy }) };
  const user = text(context['user']);
  const prepared =
    user === ''
      ? { user: {} }
      : preparedUser(partOf(merged.users, { name: user, part: 'user', kind: 'user' }), { name: user, cluster });
  return { name, context, cluster, prepared, server };
}

async function load({ name, server, cluster, prepared: { user } }: Chosen): Promise<KubeConfig> {
  const library = await import('./kubeconfig-library.ts');
  const config = new library.KubeConfig();
  // The library refuses plain HTTP (a local proxy, an embedded cluster), which kubectl takes, unless verification is
  // off; there is nothing to verify.
  const trusted = server.startsWith('http:') ? { ...cluster, 'insecure-skip-tls-verify': true } : cluster;
  // Without a user the library leaves out the cluster's certificate authority too.
  const one = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster: trusted }],
    users: [{ name, user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
    'current-context': name,
  };
  try {
    config.loadFromString(JSON.stringify(one));
  } catch (cause) {
    throw new KubeconfigError('Malformed', `the kubeconfig is malformed: ${oneLine(cause)}`, cause);
  }
  return config;
}

function tlsOf(options: https.RequestOptions): https.AgentOptions {
  const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
  return Object.fromEntries(
    Object.entries({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }).filter(
      ([, value]) => value !== undefined,
    ),
  );
}

function agentOf(
  { cluster, server }: Chosen,
  made: { readonly config: KubeConfig; readonly options: https.RequestOptions; readonly tls: https.AgentOptions },
): http.Agent {
  const proxied = cluster['proxy-url'] !== undefined && typeof made.options.agent === 'object';
  if (proxied) return made.options.agent as http.Agent;
  const skips = made.config.getCurrentCluster()?.skipTLSVerify === true;
  return createAgent(server, { ...made.tls, ...(skips ? { rejectUnauthorized: false } : {}) });
}

function headersOf({ headers: given, auth }: https.RequestOptions): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const [field, value] of Object.entries(given ?? {}))
    if (value !== undefined) headers[field.toLowerCase()] = String(value);
  if (typeof auth === 'string') headers['authorization'] = `Basic ${Buffer.from(auth).toString('base64')}`;
  return headers;
}

/**
 * Credentials outside the cluster, from kubeconfig files: handed to the official client's KubeConfig, which knows exec
 * plugins, OIDC, proxies and client certificates. That package is large and loads only here.
 */
import { createHash } from 'node:crypto';
import type http from 'node:http';
import type https from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { TransportError } from '../../shapes/transport.ts';
import type { Clock } from '../../std/clock.ts';
import { type Connection, createAgent, type Credentials } from '../transport/http.ts';
import {
  KubeconfigError,
  type KubeconfigFiles,
  type MergedKubeconfig,
  type Named,
  oneLine,
  partOf,
  type Parts,
  readKubeconfig,
  text,
} from './kubeconfig-files.ts';

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
  /** An http or https URL. */
  readonly server: string;
}

/** Throws `KubeconfigError`. */
export async function kubeconfigConnection(source: KubeconfigSource): Promise<Connection> {
  const merged = await readKubeconfig(source);
  const chosen = choose(merged, source.context);
  const config = await load(merged, chosen);
  let agent: { readonly id: string; readonly agent: http.Agent } | undefined;
  let held: Credentials | undefined;
  let readAt = 0;
  return {
    server: chosen.server.replace(/\/$/, ''),
    namespace: text(chosen.context['namespace']) || undefined,
    async credentials() {
      if (held !== undefined && source.clock.monotonic() - readAt < FRESH_MS) return held;
      const options: https.RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (cause) {
        const message = `context ${chosen.name}: ${oneLine(cause)}`;
        throw new TransportError('CredentialsUnreadable', message, { delivered: 'no', cause });
      }
      const tls = tlsOf(options);
      // A new agent would drop the connections it holds: only when something it was made from has changed.
      const id = createHash('sha256').update(JSON.stringify(tls)).digest('hex');
      if (agent?.id !== id) agent = { id, agent: agentOf(chosen, { config, options, tls }) };
      // As client-go: over plain HTTP anybody on the way could read them.
      const headers = chosen.server.startsWith('https:') ? headersOf(options) : {};
      held = { headers, agent: agent.agent };
      readAt = source.clock.monotonic();
      return held;
    },
    invalidate() {
      held = undefined;
    },
  };
}

function choose(merged: MergedKubeconfig, wanted: string | undefined): Chosen {
  const name = wanted ?? merged['current-context'];
  if (name === '')
    throw new KubeconfigError('NoContext', 'the kubeconfig has no current context; choose one of its contexts');
  const context = partOf(merged.contexts, { name, part: 'context', kind: 'context' });
  const cluster = partOf(merged.clusters, { name: text(context['cluster']), part: 'cluster', kind: 'cluster' });
  const server = text(cluster['server']);
  if (!/^https?:\/\/[^/]/.test(server) || !URL.canParse(server)) {
    throw new KubeconfigError(
      'Malformed',
      `context ${name}: cluster.server ${JSON.stringify(server)} is not an http or https URL`,
    );
  }
  if (context['user'] !== undefined && context['user'] !== '')
    partOf(merged.users, { name: text(context['user']), part: 'user', kind: 'user' });
  return { name, context, cluster, server };
}

async function load(merged: MergedKubeconfig, { name, server }: Chosen): Promise<KubeConfig> {
  const library = await import('@kubernetes/client-node');
  const config = new library.KubeConfig();
  try {
    // The library refuses plain HTTP (a local proxy, an embedded cluster), which kubectl takes, unless verification is
    // off; there is nothing to verify.
    const clusters = server.startsWith('http:') ? merged.clusters.map(withoutVerification) : merged.clusters;
    config.loadFromString(
      JSON.stringify({ apiVersion: 'v1', kind: 'Config', ...merged, clusters, 'current-context': name }),
    );
  } catch (cause) {
    throw new KubeconfigError('Malformed', `the kubeconfig is malformed: ${oneLine(cause)}`, cause);
  }
  return config;
}

const withoutVerification = (entry: Named): Named => ({
  ...entry,
  cluster: { ...(entry['cluster'] as Parts), 'insecure-skip-tls-verify': true },
});

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

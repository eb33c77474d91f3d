/**
 * Credentials outside the cluster, from kubeconfig files: merged as kubectl does, then handed to the official client's
 * KubeConfig, which knows exec plugins, OIDC, proxies and client certificates. That package is large and loads only
 * here.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type http from 'node:http';
import type https from 'node:https';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import type { Clock } from '../../std/clock.ts';
import { TransportError } from '../../shapes/transport.ts';
import { type Connection, createAgent } from '../transport/http.ts';

/** Every problem in one line, ready to be shown. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly code: 'NotFound' | 'Malformed' | 'NoContext';

  constructor(code: KubeconfigError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface KubeconfigSource {
  /** `--kubeconfig`: this file alone, and it must exist. */
  readonly path?: string | undefined;
  readonly context?: string | undefined;
  readonly env: { readonly KUBECONFIG?: string | undefined; readonly HOME?: string | undefined };
  readonly clock: Clock;
}

/** How long credentials are used without asking their source again; exec plugins and OIDC keep their own expiry. */
const FRESH_MS = 10_000;

type Named = { readonly name: string; readonly [part: string]: unknown };
type Parts = Readonly<Record<string, unknown>>;

export interface MergedKubeconfig {
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly 'current-context': string;
}

/** Throws `KubeconfigError`. */
export async function kubeconfigConnection(source: KubeconfigSource): Promise<Connection> {
  const merged = await readKubeconfig(source);
  const name = source.context ?? merged['current-context'];
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
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
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
  let agent: { readonly id: string; readonly agent: http.Agent } | undefined;
  let held: { readonly headers: Record<string, string>; readonly agent: http.Agent } | undefined;
  let readAt = 0;
  return {
    server: server.replace(/\/$/, ''),
    namespace:
      typeof context['namespace'] === 'string' && context['namespace'] !== '' ? context['namespace'] : undefined,
    async credentials() {
      if (held !== undefined && source.clock.monotonic() - readAt < FRESH_MS) return held;
      const options: https.RequestOptions = {};
      try {
        await config.applyToHTTPSOptions(options);
      } catch (cause) {
        throw new TransportError('CredentialsUnreadable', `context ${name}: ${oneLine(cause)}`, {
          delivered: 'no',
          cause,
        });
      }
      const { ca, cert, key, pfx, passphrase, servername, rejectUnauthorized } = options;
      const tls = Object.fromEntries(
        Object.entries({ ca, cert, key, pfx, passphrase, servername, rejectUnauthorized }).filter(
          ([, value]) => value !== undefined,
        ),
      );
      // A new agent would drop the connections it holds: only when something it was made from has changed.
      const id = createHash('sha256').update(JSON.stringify(tls)).digest('hex');
      if (agent?.id !== id) {
        const proxied = cluster['proxy-url'] !== undefined && typeof options.agent === 'object';
        agent = {
          id,
          agent: proxied
            ? (options.agent as http.Agent)
            : createAgent(server, {
                ...tls,
                ...(config.getCurrentCluster()?.skipTLSVerify ? { rejectUnauthorized: false } : {}),
              }),
        };
      }
      const headers: Record<string, string> = {};
      for (const [field, value] of Object.entries(options.headers ?? {}))
        if (value !== undefined) headers[field.toLowerCase()] = String(value);
      if (typeof options.auth === 'string')
        headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
      held = { headers, agent: agent.agent };
      readAt = source.clock.monotonic();
      return held;
    },
    invalidate() {
      held = undefined;
    },
  };
}

/**
 * The files of KUBECONFIG (those that exist), or `$HOME/.kube/config`, merged: for each name and for the current
 * context the first file wins.
 */
export async function readKubeconfig(source: Omit<KubeconfigSource, 'clock'>): Promise<MergedKubeconfig> {
  const { path, env } = source;
  const listed = path === undefined ? (env.KUBECONFIG ?? '').split(delimiter).filter((file) => file !== '') : [path];
  const files =
    listed.length > 0 ? listed : env.HOME === undefined || env.HOME === '' ? [] : [join(env.HOME, '.kube', 'config')];
  const merged = { clusters: [] as Named[], users: [] as Named[], contexts: [] as Named[], 'current-context': '' };
  let found = 0;
  for (const file of files) {
    const content = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' && path === undefined) return undefined;
      throw new KubeconfigError(
        'NotFound',
        `cannot read kubeconfig ${file}: ${cause.code === 'ENOENT' ? 'no such file' : oneLine(cause)}`,
        cause,
      );
    });
    if (content === undefined) continue;
    found++;
    const one = parseFile(file, content);
    for (const list of ['clusters', 'users', 'contexts'] as const) {
      for (const entry of one[list])
        if (!merged[list].some((known) => known.name === entry.name)) merged[list].push(entry);
    }
    if (merged['current-context'] === '') merged['current-context'] = one['current-context'];
  }
  if (found === 0)
    throw new KubeconfigError(
      'NotFound',
      files.length === 0
        ? 'no kubeconfig: neither KUBECONFIG nor HOME is set'
        : `no kubeconfig at ${files.join(' or ')}`,
    );
  return merged;
}

function parseFile(file: string, content: string): MergedKubeconfig {
  const malformed = (message: string) =>
    new KubeconfigError('Malformed', `kubeconfig ${file} is malformed: ${message}`);
  const document = parseDocument(content);
  const [problem] = document.errors;
  if (problem !== undefined) throw malformed(oneLine(problem));
  const value = (document.toJS() ?? {}) as Parts;
  if (typeof value !== 'object' || Array.isArray(value)) throw malformed('not a map');
  const list = (name: string): Named[] => {
    const entries = value[name] ?? [];
    if (!Array.isArray(entries)) throw malformed(`${name} is not a list`);
    return entries.map((entry: unknown, index) => {
      if (typeof entry !== 'object' || entry === null || typeof (entry as Parts)['name'] !== 'string')
        throw malformed(`${name}[${index}] has no name`);
      return absolutePaths(entry as Named, dirname(resolve(file)));
    });
  };
  return {
    clusters: list('clusters'),
    users: list('users'),
    contexts: list('contexts'),
    'current-context': text(value['current-context']),
  };
}

const withoutVerification = (entry: Named): Named => ({
  ...entry,
  cluster: { ...(entry['cluster'] as Parts), 'insecure-skip-tls-verify': true },
});

const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'token-file', 'tokenFile'];

/** Paths in a kubeconfig are relative to its file. */
function absolutePaths(entry: Named, folder: string): Named {
  const parts = Object.entries(entry).map(([part, value]) => {
    if (typeof value !== 'object' || value === null) return [part, value];
    const fields = Object.entries(value as Parts).map(([field, path]) => {
      const relative = PATH_FIELDS.includes(field) && typeof path === 'string' && path !== '' && !isAbsolute(path);
      return [field === 'tokenFile' ? 'token-file' : field, relative ? join(folder, path) : path];
    });
    return [part, Object.fromEntries(fields)];
  });
  return Object.fromEntries(parts) as Named;
}

function partOf(
  list: readonly Named[],
  wanted: { readonly name: string; readonly part: string; readonly kind: string },
): Parts {
  const part = list.find((entry) => entry.name === wanted.name)?.[wanted.part];
  if (typeof part === 'object' && part !== null) return part as Parts;
  const known = list
    .map((entry) => entry.name)
    .slice(0, 10)
    .join(', ');
  throw new KubeconfigError(
    'NoContext',
    `the kubeconfig has no ${wanted.kind} ${JSON.stringify(wanted.name)}${known === '' ? '' : ` (it has ${known})`}`,
  );
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const oneLine = (error: unknown): string =>
  ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').trim();

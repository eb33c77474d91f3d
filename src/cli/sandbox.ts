/** `kubeskippy sandbox`: the embedded cluster alone, over HTTP, until SIGTERM. */
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { serveHttp } from '../sandbox/http.ts';
import { createSandbox } from '../sandbox/index.ts';
import { scaledClock } from '../std/clock.ts';
import { CliError } from './cli-error.ts';
import type { CliEnvironment } from './environment.ts';
import { parseTokenFile, type TokenUser } from './token-file.ts';

export interface SandboxCommand {
  readonly port: number;
  readonly nodes: number;
  readonly speed: number;
  readonly access: 'on' | 'off';
  readonly controllers: 'on' | 'off';
  readonly tokenAuthFile?: string | undefined;
  readonly kubeconfigOut?: string | undefined;
}

/** Who the printed kubeconfig is when no token file names anybody; in the group that may do everything. */
const ADMIN: TokenUser = { token: 'kubeskippy-admin', username: 'kubeskippy-admin', uid: 'kubeskippy-admin', groups: ['system:masters'] };

export async function runSandbox(command: SandboxCommand, environment: CliEnvironment): Promise<void> {
  const { signal, stdout } = environment;
  const fromFile = command.tokenAuthFile === undefined ? [] : parseTokenFile(await readText(command.tokenAuthFile), command.tokenAuthFile);
  const users = fromFile.length > 0 ? fromFile : [ADMIN];
  const off = command.controllers === 'off';
  const sandbox = createSandbox({
    clock: scaledClock(environment.clock, command.speed),
    nodes: command.nodes,
    ...(off ? { controllers: 'off' as const } : {}),
    // Without nodes whoever asked plays the nodes himself: nothing schedules, and no pod is taken from a node that is not registered.
    ...(off || command.nodes === 0 ? { scheduler: 'off' as const, kubelet: 'off' as const } : {}),
    ...(command.access === 'off'
      ? {}
      : {
          access: {
            mode: 'on',
            anonymous: 'refused',
            users: new Map(users.map(({ token, username, uid, groups }) => [token, { name: username, uid, groups }])),
          },
        }),
  });
  try {
    const http = await serveHttp(sandbox.server, { port: command.port }).catch((error: NodeJS.ErrnoException) => {
      throw new CliError(`cannot listen on port ${command.port}: ${error.code ?? error.message}`, { cause: error });
    });
    const path = command.kubeconfigOut ?? join(await mkdtemp(join(tmpdir(), 'kubeskippy-')), 'kubeconfig');
    try {
      await writeFile(path, kubeconfigText(http.url, users), { mode: 0o600 });
      stdout.write(`kubeconfig ${path}\nready ${http.url}\n`);
      await aborted(signal);
    } catch (error) {
      throw fileError(error, `cannot write ${path}`);
    } finally {
      await http.close();
    }
  } finally {
    await sandbox.close();
  }
}

export function kubeconfigText(server: string, users: readonly TokenUser[]): string {
  const named = users.length > 0 ? users : [ADMIN];
  const [first = ADMIN] = named;
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'sandbox',
    clusters: [{ name: 'sandbox', cluster: { server } }],
    contexts: [{ name: 'sandbox', context: { cluster: 'sandbox', user: first.username, namespace: 'default' } }],
    users: named.map(({ username, token }) => ({ name: username, user: { token } })),
  });
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw fileError(error, `cannot read ${path}`);
  }
}

function fileError(error: unknown, what: string): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : undefined;
  return code === undefined ? error : new CliError(`${what}: ${code}`, { exitCode: 2, cause: error });
}

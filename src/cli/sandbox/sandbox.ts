/** `kubeskippy sandbox`: the embedded cluster alone, over HTTP, until SIGTERM. */
import { X509Certificate } from 'node:crypto';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import {
  callsOverTls,
  createSandbox,
  parseTokenFile,
  selfSignedCertificate,
  type TlsOptions,
  TokenFileError,
  type UserInfo,
} from '../../sandbox/index.ts';
import { scaledClock } from '../../std/clock.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { CliError } from '../cli-error.ts';
import type { CliEnvironment } from '../environment.ts';
import type { ServicePlaces } from '../flags.ts';

export interface SandboxCommand {
  readonly port: number;
  readonly nodes: number;
  readonly speed: number;
  readonly access: 'on' | 'off';
  readonly controllers: 'on' | 'off';
  readonly tokenAuthFile?: string | undefined;
  readonly tlsCertFile?: string | undefined;
  readonly tlsPrivateKeyFile?: string | undefined;
  readonly clientCaFile?: string | undefined;
  readonly serviceAt?: ServicePlaces | undefined;
  readonly kubeconfigOut?: string | undefined;
}

type Users = ReadonlyMap<string, UserInfo>;

/** Who the printed kubeconfig is when no token file names anybody; in the group that may do everything. By token. */
const ADMIN: Users = new Map([
  ['kubeskippy-admin', { name: 'kubeskippy-admin', uid: 'kubeskippy-admin', groups: ['system:masters'] }],
]);

export async function runSandbox(command: SandboxCommand, environment: CliEnvironment): Promise<void> {
  const { signal, stdout } = environment;
  const users = command.tokenAuthFile === undefined ? ADMIN : await readUsers(command.tokenAuthFile);
  const tls = (await readTls(command)) ?? ownTls(command, environment);
  const off = command.controllers === 'off';
  const sandbox = createSandbox({
    clock: scaledClock(environment.clock, command.speed),
    nodes: command.nodes,
    outside: callsOverTls(({ namespace, name, port }) => command.serviceAt?.get(`${namespace}/${name}:${port}`)),
    ...(off ? { controllers: 'off' as const } : {}),
    // Without nodes whoever asked plays the nodes himself: nothing schedules, and no pod is taken from a node that is
    // not registered.
    ...(off || command.nodes === 0 ? { scheduler: 'off' as const, kubelet: 'off' as const } : {}),
    ...(command.access === 'off' ? {} : { access: { mode: 'on', anonymous: 'refused', users } }),
    ...(tls === undefined ? {} : { rootCa: tls.cert }),
  });
  try {
    const http = await sandbox
      .serve({ port: command.port, ...(tls === undefined ? {} : { tls }) })
      .catch((error: unknown) => {
        throw new CliError(`cannot listen on port ${command.port}: ${systemTrouble(error)}`, { cause: error });
      });
    const path = command.kubeconfigOut ?? join(await mkdtemp(join(tmpdir(), 'kubeskippy-')), 'kubeconfig');
    try {
      await writeFile(path, kubeconfigText(http.url, users, tls), { mode: 0o600 });
      stdout.write(`kubeconfig ${path}\nready ${http.url}\n`);
      await aborted(signal);
    } catch (error) {
      throw fileError(error, `cannot write ${path}`);
    }
  } finally {
    await sandbox.close();
  }
}

/**
 * With TLS it trusts the certificates of the server's file: its own when that is self-signed, else the authority's
 * after it. Without, it says that nothing is checked: some clients send no request over plain HTTP otherwise.
 */
export function kubeconfigText(server: string, users: Users, tls?: Pick<TlsOptions, 'cert'>): string {
  const named = [...(users.size > 0 ? users : ADMIN)].map(([token, { name }]) => ({
    name: quoted(name),
    token: quoted(token),
  }));
  const trusted =
    tls === undefined
      ? 'insecure-skip-tls-verify: true'
      : `certificate-authority-data: ${Buffer.from(tls.cert).toString('base64')}`;
  return `apiVersion: v1
kind: Config
current-context: sandbox
clusters:
  - name: sandbox
    cluster:
      server: ${server}
      ${trusted}
contexts:
  - name: sandbox
    context:
      cluster: sandbox
      user: ${named[0]?.name}
      namespace: default
users:
${named.map(({ name, token }) => `  - name: ${name}\n    user:\n      token: ${token}\n`).join('')}`;
}

/**
 * Between quotes YAML is JSON, but for characters that YAML wants escaped. No other part of a start needs the YAML
 * library, and to load it takes longer than to register all nodes.
 * https://yaml.org/spec/1.1/#c-printable
 */
const quoted = (text: string): string =>
  JSON.stringify(text).replace(
    /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g,
    (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

async function readUsers(path: string): Promise<Users> {
  const text = await readText(path);
  try {
    return parseTokenFile(text);
  } catch (error) {
    if (error instanceof TokenFileError) throw new CliError(`${path}:${error.line}: ${error.message}`, { exitCode: 2 });
    throw error;
  }
}

/** Tokens go over TLS, or kubectl sends none. Plain HTTP is answered too, for clients that cannot trust a new file. */
function ownTls({ access }: SandboxCommand, { clock }: CliEnvironment): TlsOptions | undefined {
  return access === 'off' ? undefined : { ...selfSignedCertificate(clock.now()), plain: 'answered' };
}

async function readTls({
  tlsCertFile,
  tlsPrivateKeyFile,
  clientCaFile,
  access,
}: SandboxCommand): Promise<TlsOptions | undefined> {
  if (tlsCertFile === undefined || tlsPrivateKeyFile === undefined) {
    if (tlsCertFile !== tlsPrivateKeyFile)
      throw new CliError('--tls-cert-file and --tls-private-key-file go together: name both or neither', {
        exitCode: 2,
      });
    if (clientCaFile !== undefined)
      throw new CliError('--client-ca-file needs --tls-cert-file and --tls-private-key-file as well', { exitCode: 2 });
    return undefined;
  }
  if (clientCaFile !== undefined && access === 'off')
    throw new CliError('--client-ca-file needs --access on: without it nobody is asked who they are', { exitCode: 2 });
  const [cert, key] = [await readText(tlsCertFile), await readText(tlsPrivateKeyFile)];
  const clientCa = clientCaFile === undefined ? undefined : await readText(clientCaFile);
  checkPem(
    () => createSecureContext({ cert, key }),
    `${tlsCertFile} and ${tlsPrivateKeyFile} are not a certificate and its key`,
  );
  if (clientCa !== undefined) checkPem(() => new X509Certificate(clientCa), `${clientCaFile} holds no certificate`);
  return { cert, key, ...(clientCa === undefined ? {} : { clientCa }) };
}

function checkPem(use: () => unknown, problem: string): void {
  try {
    use();
  } catch (cause) {
    throw new CliError(`${problem} in PEM: ${cause instanceof Error ? cause.message : String(cause)}`, {
      exitCode: 2,
      cause,
    });
  }
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
  return error instanceof Error && 'code' in error
    ? new CliError(`${what}: ${systemTrouble(error)}`, { exitCode: 2, cause: error })
    : error;
}

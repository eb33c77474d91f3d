/**
 * A cluster made of programs, as a team meets it: `kubeskippy sandbox` over TLS with RBAC on, `kubeskippy install`, the
 * operator as its own ServiceAccount by `kubeskippy run`, and kubectl for people.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parse, stringify } from 'yaml';
import { COMPONENT, DEFAULT_NAMESPACE } from '../../src/api/names.ts';
import { SETTLED_MS } from '../../src/core/authority/guard.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { systemClock } from '../../src/std/clock.ts';
import { certificatesIn } from './certificates.ts';
import type { Kubectl } from './kubectl.ts';

export const PROGRAM = join(import.meta.dirname, '../../dist/kubeskippy.js');
/** One command: on a busy machine kubectl takes a second to start. */
const COMMAND_MS = 30_000;
const LOOK_EVERY_MS = 500;
const A_SECOND = 1000;

export interface Ran {
  readonly code: number;
  /** Both outputs. */
  readonly out: string;
}

export interface ProcessClusterOptions {
  readonly kubectl: Kubectl;
  /** Users that show a token; `admin` is there anyway. */
  readonly byToken: readonly string[];
  /** Users that show a certificate. */
  readonly byCertificate: readonly string[];
  /** What `kubeskippy install` is given; `none`: it is not run. */
  readonly install: readonly string[] | 'none';
  /** Default 2. */
  readonly nodes?: number;
}

export class ProcessCluster {
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubeskippy-processes-'));
  readonly #options: ProcessClusterOptions;
  readonly #children: ChildProcess[] = [];
  #installedAt = 0;

  private constructor(options: ProcessClusterOptions) {
    this.#options = options;
  }

  /** With everything that `install` applies, and nobody but `admin` may do anything. */
  static async start(options: ProcessClusterOptions): Promise<ProcessCluster> {
    const cluster = new ProcessCluster(options);
    try {
      await cluster.#start();
    } catch (error) {
      await cluster.end();
      throw error;
    }
    return cluster;
  }

  async #start(): Promise<void> {
    const { byToken, byCertificate, install, nodes = 2 } = this.#options;
    const { path, selfSigned, client } = certificatesIn(this.#folder);
    selfSigned('server', '-subj', '/CN=sandbox', '-addext', 'subjectAltName=IP:127.0.0.1');
    selfSigned('authority', '-subj', '/CN=authority');
    const tokens = byToken.map((name) => `token-of-${name},${name},${name}`);
    writeFileSync(path('tokens'), ['token-of-admin,admin,admin,system:masters', ...tokens, ''].join('\n'));
    writeFileSync(path('none'), '');
    const files = {
      'token-auth-file': path('tokens'),
      'tls-cert-file': path('server.crt'),
      'tls-private-key-file': path('server.key'),
      'client-ca-file': path('authority.crt'),
      'kubeconfig-out': path('kubeconfig'),
    };
    const flags = Object.entries(files).map(([flag, file]) => `--${flag}=${file}`);
    const sandbox = this.#spawn('sandbox', ['--access', 'on', '--nodes', String(nodes), ...flags]);
    this.#keep(sandbox, 'sandbox');
    await lineOf(sandbox, (line) => line.startsWith('ready https://'));
    for (const name of byCertificate) {
      client(name, `/CN=${name}`, 'authority');
      const credentials = [`--client-certificate=${path(`${name}.crt`)}`, `--client-key=${path(`${name}.key`)}`];
      await this.done('admin', ['config', 'set-credentials', name, ...credentials]);
    }
    if (install === 'none') return;
    await this.#ran(process.execPath, [PROGRAM, 'install', '--kubeconfig', path('kubeconfig'), ...install]);
    this.#installedAt = systemClock.now();
  }

  /** Until it is believed what the admission policies prove: of objects in their first seconds it is not. */
  async settled(): Promise<void> {
    const left = this.#installedAt + SETTLED_MS + A_SECOND - systemClock.now();
    if (left > 0) await systemClock.until(systemClock.now() + left);
  }

  /** An operator, as its ServiceAccount; what it says goes into files that begin with its name. */
  async operate(config: object, name = 'run'): Promise<ChildProcess> {
    const token = await this.token({ namespace: DEFAULT_NAMESPACE, name: COMPONENT }, {});
    const [own, settings] = [this.#path(`${name}.kubeconfig`), this.#path(`${name}.settings`)];
    const { clusters, contexts } = parse(readFileSync(this.#path('kubeconfig'), 'utf8')) as {
      readonly clusters: readonly object[];
      readonly contexts: readonly { readonly context: object }[];
    };
    const context = { ...contexts[0]?.context, user: COMPONENT };
    const head = { apiVersion: 'v1', kind: 'Config', 'current-context': 'own', clusters };
    writeFileSync(
      own,
      stringify({ ...head, contexts: [{ name: 'own', context }], users: [{ name: COMPONENT, user: { token } }] }),
    );
    writeFileSync(settings, stringify({ metricsBindAddress: '0', healthProbeBindAddress: '0', ...config }));
    return this.operator(this.#spawn('run', ['--kubeconfig', own, '--config', settings]), name);
  }

  /** Of a ServiceAccount. */
  async token({ namespace, name }: { readonly namespace: string; readonly name: string }, spec: object) {
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec };
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
    const answer = await this.done('admin', ['create', '--raw', path, '-f', '-'], request);
    return (JSON.parse(answer) as { readonly status: { readonly token: string } }).status.token;
  }

  /** `https://127.0.0.1:PORT` */
  server(): string {
    const { clusters } = parse(readFileSync(this.#path('kubeconfig'), 'utf8')) as {
      readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
    };
    return clusters[0]?.cluster.server ?? '';
  }

  /** `kubeskippy` as an administrator; with its exit status. */
  program(args: readonly string[]): Promise<Ran> {
    return run(process.execPath, [PROGRAM, ...args, '--kubeconfig', this.#path('kubeconfig')], { env: {} });
  }

  /** The audit trail of an operator: what left for objects that are not its own. */
  audit(name = 'run'): string {
    return readFileSync(this.#path(`${name}.audit`), 'utf8');
  }

  /** The log of an operator. */
  log(name = 'run'): string {
    return readFileSync(this.#path(`${name}.log`), 'utf8');
  }

  /** kubectl as this user; `input` is what it reads. */
  kubectl(user: string, args: readonly string[], input?: object): Promise<Ran> {
    const all = ['--kubeconfig', this.#path('kubeconfig'), '--user', user, ...args];
    // Its own home: no kubeconfig of this machine is read, no cache of another server's discovery is used.
    const env = { PATH: process.env['PATH'], HOME: this.#folder, KUBECONFIG: this.#path('none') };
    return run(this.#options.kubectl.path, all, { env, ...(input !== undefined && { input: JSON.stringify(input) }) });
  }

  /** The same, where it has to work. */
  async done(user: string, args: readonly string[], input?: object): Promise<string> {
    const { code, out } = await this.kubectl(user, args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} as ${user}: ${out}`);
    return out;
  }

  create(user: string, object: object): Promise<Ran> {
    return this.kubectl(user, ['create', '-f', '-'], object);
  }

  /** Asked of the server by an administrator. */
  async list(args: readonly string[]): Promise<readonly KubeObject[]> {
    const out = await this.done('admin', ['get', ...args, '-o', 'json']);
    const answer = JSON.parse(out) as KubeObject & { readonly items?: readonly KubeObject[] };
    return answer.items ?? [answer];
  }

  /** Ends every program of it. */
  async end(): Promise<void> {
    for (const child of this.#children.toReversed()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** A folder that goes with it. */
  folder(name: string): string {
    const path = this.#path(name);
    mkdirSync(path, { recursive: true });
    return path;
  }

  /** Of an administrator. */
  get kubeconfig(): string {
    return this.#path('kubeconfig');
  }

  /** This process is one, and ends with the cluster. */
  operator(child: ChildProcess, name: string): ChildProcess {
    child.stdout?.pipe(createWriteStream(this.#path(`${name}.audit`), { flags: 'a' }));
    this.#keep(child, name);
    return child;
  }

  #path(name: string): string {
    return join(this.#folder, name);
  }

  #spawn(verb: string, flags: readonly string[]): ChildProcess {
    return spawn(process.execPath, [PROGRAM, verb, ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  #keep(child: ChildProcess, name: string): void {
    child.stderr?.pipe(createWriteStream(this.#path(`${name}.log`), { flags: 'a' }));
    this.#children.push(child);
  }

  async #ran(program: string, args: readonly string[]): Promise<void> {
    const { code, out } = await run(program, args, { env: {} });
    if (code !== 0) throw new Error(`${args.join(' ')}: ${out}`);
  }
}

/** Looks again and again, until it holds or the time is over; the last that was seen. */
export async function seen<T>(
  look: () => Promise<T>,
  enough: (value: T) => boolean,
  withinMs: number = 30_000,
): Promise<T> {
  const end = systemClock.now() + withinMs;
  for (;;) {
    const value = await look();
    if (enough(value) || systemClock.now() >= end) return value;
    await systemClock.until(systemClock.now() + LOOK_EVERY_MS);
  }
}

function run(
  program: string,
  args: readonly string[],
  { env, input = '' }: { readonly env: NodeJS.ProcessEnv; readonly input?: string },
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, timeout: COMMAND_MS, maxBuffer: 2 ** 25 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), out: `${out}${err}` }),
    );
    child.stdin?.end(input);
  });
}

async function lineOf({ stdout }: ChildProcess, wanted: (line: string) => boolean): Promise<void> {
  if (stdout === null) throw new Error('the program has no output');
  for await (const line of createInterface({ input: stdout })) if (wanted(line)) return;
  throw new Error('the program ended before it was ready');
}

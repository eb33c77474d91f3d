/**
 * Kubeconfig files, merged as kubectl does: for each name and for the current context the first file wins.
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
 */
import { readFile } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { systemTrouble } from '../../std/system-trouble.ts';

/** Every problem in one line, ready to be shown. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError';
  readonly code: 'NotFound' | 'Malformed' | 'NoContext';

  constructor(code: KubeconfigError['code'], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

export interface KubeconfigFiles {
  /** `--kubeconfig`: this file alone, and it must exist. */
  readonly path?: string | undefined;
  /** KUBECONFIG and HOME, and the variables that name a proxy. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type Named = { readonly name: string; readonly [part: string]: unknown };
export type Parts = Readonly<Record<string, unknown>>;

export interface MergedKubeconfig {
  readonly clusters: readonly Named[];
  readonly users: readonly Named[];
  readonly contexts: readonly Named[];
  readonly 'current-context': string;
}

/** The files of KUBECONFIG (those that exist), or `$HOME/.kube/config`, merged. Throws `KubeconfigError`. */
export async function readKubeconfig(source: KubeconfigFiles): Promise<MergedKubeconfig> {
  const { path, env } = source;
  const home = env['HOME'] ?? '';
  const listed = path === undefined ? (env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '') : [path];
  const files = listed.length > 0 ? listed : home === '' ? [] : [join(home, '.kube', 'config')];
  const merged = { clusters: [] as Named[], users: [] as Named[], contexts: [] as Named[], 'current-context': '' };
  let found = 0;
  for (const file of files) {
    const content = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' && path === undefined) return undefined;
      throw new KubeconfigError('NotFound', `cannot read kubeconfig ${file}: ${systemTrouble(cause)}`, cause);
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

const PATH_FIELDS = ['certificate-authority', 'client-certificate', 'client-key', 'token-file', 'tokenFile'];

/** Paths in a kubeconfig are relative to its file; a command without a slash is looked for on the PATH. */
function absolutePaths(entry: Named, folder: string): Named {
  const commandOf = (exec: Parts): Parts => {
    const command = text(exec['command']);
    return command.includes('/') && !isAbsolute(command) ? { ...exec, command: join(folder, command) } : exec;
  };
  const parts = Object.entries(entry).map(([part, value]) => {
    if (typeof value !== 'object' || value === null) return [part, value];
    const fields = Object.entries(value as Parts).map(([field, path]) => {
      if (field === 'exec' && typeof path === 'object' && path !== null) return [field, commandOf(path as Parts)];
      const relative = PATH_FIELDS.includes(field) && typeof path === 'string' && path !== '' && !isAbsolute(path);
      return [field === 'tokenFile' ? 'token-file' : field, relative ? join(folder, path) : path];
    });
    return [part, Object.fromEntries(fields)];
  });
  return Object.fromEntries(parts) as Named;
}

/** The part of the entry that has the name. */
export function partOf(
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

export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
export const oneLine = (error: unknown): string =>
  ((error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '').trim();

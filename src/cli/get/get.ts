/**
 * `kubeskippy get policies|actions|approvals`: the objects of our kinds. The server makes the rows of tables, as for
 * kubectl, so that both show the same columns.
 */
import { GROUP, HEALING_ACTION, HEALING_APPROVAL, HEALING_POLICY, type KindNames } from '../../api/names.ts';
import { errorOfAnswer, isKubeError, type KubeError } from '../../kube/errors.ts';
import { queryText, resourcePath } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf, notInstalled, resourceOf } from '../healing-objects.ts';
import { textTable } from '../text-table.ts';
import { manifestYaml } from '../manifest-yaml.ts';

const KINDS = {
  policies: HEALING_POLICY,
  actions: HEALING_ACTION,
  approvals: HEALING_APPROVAL,
} as const satisfies Readonly<Record<string, KindNames>>;
export type Gettable = keyof typeof KINDS;

export interface GetOptions extends ConnectOptions {
  readonly what: Gettable;
  /** Omitted: all. */
  readonly name?: string | undefined;
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly output: 'table' | 'wide' | 'json' | 'yaml' | 'name';
}

type Reading = Parameters<typeof listOf>[0];

export async function get(options: GetOptions, environment: CliEnvironment): Promise<void> {
  const { name, namespace, output } = options;
  const kind = KINDS[options.what];
  if (name !== undefined && namespace === undefined)
    throw new CliError(`${name} may be in any namespace: add -n NAMESPACE`, { exitCode: 2 });
  const { client } = await clusterClient(options, environment);
  const reading = { client, signal: environment.signal };
  const { stdout, stderr } = environment;
  if (output === 'table' || output === 'wide') {
    const table = await tableOf(reading, options);
    if (table.rows.length === 0)
      stderr.write(`No ${kind.plural}${namespace === undefined ? '' : ` in ${namespace}`}.\n`);
    else stdout.write(textTable(table.header, table.rows, widthOf(environment)));
    return;
  }
  const objects = name === undefined ? await listOf(reading, kind, namespace) : [await one(reading, options, name)];
  stdout.write(objectsAs(output, objects, { kind, name }));
}

function objectsAs(
  output: 'json' | 'yaml' | 'name',
  objects: readonly KubeObject[],
  { kind, name }: { readonly kind: KindNames; readonly name: string | undefined },
): string {
  if (output === 'name') return objects.map(({ metadata }) => `${kind.singular}.${GROUP}/${metadata.name}\n`).join('');
  const [first] = objects;
  const value = name === undefined ? { apiVersion: 'v1', kind: 'List', items: objects } : first;
  return output === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : manifestYaml(value);
}

async function one({ client, signal }: Reading, { what, namespace }: GetOptions, name: string): Promise<KubeObject> {
  const kind = KINDS[what];
  try {
    return await client.get(resourceOf(kind), { name, ...given({ namespace }) }, { signal });
  } catch (error) {
    if (!isKubeError(error)) throw error;
    throw new CliError(sayMissing(error, kind, { namespace, name }), { cause: error });
  }
}

/** A server that does not know the kind answers 404 as well; then it names no object. */
function sayMissing(
  error: KubeError,
  kind: KindNames,
  { namespace, name }: { readonly namespace: string | undefined; readonly name: string | undefined },
): string {
  if (error.status !== 404) return oneLine(error);
  if (name !== undefined && error.message.includes(`"${name}"`))
    return `there is no ${kind.singular} ${namespace}/${name}`;
  return notInstalled(kind);
}

interface Table {
  readonly columnDefinitions: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows: readonly {
    readonly cells: readonly (string | number | boolean | null)[];
    readonly object?: Partial<KubeObject>;
  }[];
  readonly metadata?: { readonly continue?: string };
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
const AS_TABLE = 'application/json;as=Table;g=meta.k8s.io;v=v1';
const PAGE = '500';

async function tableOf(
  reading: Reading,
  options: GetOptions,
): Promise<{ readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] }> {
  const { name, namespace, output } = options;
  const path = resourcePath(resourceOf(KINDS[options.what]), given({ name, namespace }));
  const rows: (readonly string[])[] = [];
  let header: readonly string[] = [];
  let next: string | undefined;
  do {
    const query = name === undefined ? queryText({ limit: PAGE, continue: next }) : '';
    const table = await page(reading, path + query, options);
    const shown = table.columnDefinitions.map(({ priority = 0 }) => output === 'wide' || priority === 0);
    const across = namespace === undefined;
    header = [
      ...(across ? ['NAMESPACE'] : []),
      ...table.columnDefinitions.filter((_column, index) => shown[index]).map((column) => column.name.toUpperCase()),
    ];
    for (const { cells, object } of table.rows) {
      const texts = cells.filter((_cell, index) => shown[index]).map((cell) => String(cell ?? ''));
      rows.push(across ? [object?.metadata?.namespace ?? '', ...texts] : texts);
    }
    next = table.metadata?.continue === '' ? undefined : table.metadata?.continue;
  } while (next !== undefined);
  return { header, rows };
}

async function page({ client, signal }: Reading, path: string, { what, namespace, name }: GetOptions): Promise<Table> {
  const answer = await client.request({ method: 'GET', path, headers: { accept: AS_TABLE } }, { signal });
  if (answer.status >= 200 && answer.status < 300) return answer.value as Table;
  const error = errorOfAnswer({
    status: answer.status,
    body: answer.value,
    retryAfter: undefined,
    what: `GET ${path}`,
  });
  throw new CliError(sayMissing(error, KINDS[what], { namespace, name }), { cause: error });
}

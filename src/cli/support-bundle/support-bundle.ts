/**
 * `kubeskippy support-bundle`: what helps another person to see why something is not healed, in one file. Sends reads
 * only.
 */
import { open } from 'node:fs/promises';
import { parseDocument } from 'yaml';
import packageManifest from '../../../package.json' with { type: 'json' };
import { COMPONENT, HEALING_ACTION, HEALING_APPROVAL, HEALING_POLICY } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { CONFIG_MAPS, DEPLOYMENTS, EVENTS, PODS } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { yamlValue } from '../../std/yaml-value.ts';
import { systemTrouble } from '../../std/system-trouble.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf } from '../healing-objects.ts';
import { glanceAt } from '../status/glance.ts';
import { operatorSeen } from '../status/operator-seen.ts';
import { bundleText, newest, type Section } from './bundle.ts';

export interface BundleOptions extends ConnectOptions {
  /** Of the operator. */
  readonly namespace: string;
  /** Omitted: standard output. */
  readonly file?: string | undefined;
}

/**
 * A policy with a full status takes 200 KB at most, an action some ten; the newest are those that are asked about. Of
 * pods, evicted ones remain by the hundred.
 */
const MOST = { policies: 100, actions: 200, approvals: 100, events: 500, pods: 5 } as const;
/** Lines of each pod of the operator: some hours of a quiet one. */
const LOG_LINES = 2000;
const LOG_BYTES = 1024 * 1024;
const LABEL = `app.kubernetes.io/name=${COMPONENT}`;

interface Reading {
  readonly client: KubeClient;
  readonly signal: AbortSignal;
}

export async function supportBundle(options: BundleOptions, environment: CliEnvironment): Promise<void> {
  const { signal, stdout, stderr } = environment;
  const { namespace, file } = options;
  const { client, serverClock } = await clusterClient(options, environment);
  const reading = { client, signal };
  const sections: Section[] = [];
  const add = async (title: string, read: () => Promise<unknown>): Promise<void> => {
    stderr.write(`${title}\n`);
    sections.push({ title, content: await orWhyNot(read) });
  };
  const policies = await orWhyNot(() => listOf(reading, HEALING_POLICY));
  const actions = await orWhyNot(() => listOf(reading, HEALING_ACTION));
  await add('versions', async () => ({
    kubeskippy: packageManifest.version,
    at: toTimestamp(serverClock.now()),
    server: (await client.request({ method: 'GET', path: '/version' }, { signal })).value,
  }));
  await add('at a glance', async () =>
    !isList(policies) || !isList(actions)
      ? { cannotBeSaid: 'policies or actions cannot be read, as is said below' }
      : glanceAt(
          {
            operator: await operatorSeen(reading, namespace),
            policies,
            actions: actions.flatMap((object) => parseAction(object).action ?? []),
          },
          serverClock.now(),
        ),
  );
  await add('policies', async () => some(policies, MOST.policies));
  await add('actions', async () => some(actions, MOST.actions));
  await add('approvals', async () => newest(await listOf(reading, HEALING_APPROVAL), MOST.approvals));
  await add('events', async () => newest(await ourEvents(reading), MOST.events));
  await add('configuration', () => configurationOf(reading, namespace));
  await add('deployment', () => client.find(DEPLOYMENTS, { namespace, name: COMPONENT }, { signal }));
  const pods = await orWhyNot(() => podsOf(reading, namespace));
  if (!isList(pods) || pods.length === 0) await add('pods', () => Promise.resolve(isList(pods) ? NO_POD : pods));
  for (const pod of isList(pods) ? pods : []) {
    await add(`pod ${pod.metadata.name}`, async () => ({ status: pod['status'] }));
    await add(`log of ${pod.metadata.name}`, () => logOf(reading, pod));
  }
  const text = bundleText(sections);
  if (file === undefined) stdout.write(text);
  else await written(file, text);
  if (file !== undefined) stderr.write(`Written to ${file}. Read it before you hand it on.\n`);
}

const NO_POD = `no pod of the operator's namespace has the label ${LABEL}`;

const isList = (objects: unknown): objects is readonly KubeObject[] => Array.isArray(objects);

const some = (objects: unknown, most: number): unknown => (isList(objects) ? newest(objects, most) : objects);

/** A bundle with a hole says why the hole is there. */
async function orWhyNot(read: () => Promise<unknown>): Promise<unknown> {
  try {
    return (await read()) ?? 'there is none';
  } catch (error) {
    // Ctrl-C ends the command, and not one of its sections.
    if (isKubeError(error, 'Aborted')) throw new CliError('stopped before the bundle was written', { cause: error });
    if (isKubeError(error) || error instanceof CliError) return { cannotBeRead: oneLine(error) };
    throw error;
  }
}

async function ourEvents({ client, signal }: Reading): Promise<readonly KubeObject[]> {
  const { items } = await client.list(EVENTS, { signal, fieldSelector: `source=${COMPONENT}` });
  if (items.length > 0) return items;
  // Events that were written through events.k8s.io have a reporter, and no source.
  const all = await client.list(EVENTS, { signal });
  return all.items.filter((event) => event['reportingComponent'] === COMPONENT);
}

async function configurationOf({ client, signal }: Reading, namespace: string): Promise<unknown> {
  const found = await client.find(CONFIG_MAPS, { namespace, name: `${COMPONENT}-config` }, { signal });
  const data = (found?.['data'] ?? {}) as Readonly<Record<string, string>>;
  // As values and not as one text, so that a field that holds a secret is known by its name.
  return Object.fromEntries(Object.entries(data).map(([name, text]) => [name, valueOf(text)]));
}

/** A file that is broken may be what is looked for, and its text may have a secret where no name tells. */
function valueOf(text: string): unknown {
  const read = yamlValue(parseDocument(text));
  return 'value' in read ? read.value : { cannotBeRead: `it is not YAML: ${read.whyNot}` };
}

async function podsOf({ client, signal }: Reading, namespace: string): Promise<readonly KubeObject[]> {
  const { items } = await client.list(PODS, { namespace, labelSelector: LABEL, signal });
  return items
    .toSorted((a, b) => ((a.metadata.creationTimestamp ?? '') < (b.metadata.creationTimestamp ?? '') ? 1 : -1))
    .slice(0, MOST.pods);
}

async function logOf({ client, signal }: Reading, { metadata }: KubeObject): Promise<unknown> {
  const path = `/api/v1/namespaces/${metadata.namespace}/pods/${metadata.name}/log?tailLines=${LOG_LINES}&limitBytes=${LOG_BYTES}`;
  const { status, value } = await client.request({ method: 'GET', path, headers: { accept: '*/*' } }, { signal });
  return status === 200 && typeof value === 'string' ? value.split('\n') : { cannotBeRead: `status ${status}` };
}

async function written(file: string, text: string): Promise<void> {
  try {
    const handle = await open(file, 'w', 0o600);
    try {
      // Others of this machine have no business in it, also where the file was there before.
      if ((await handle.stat()).isFile()) await handle.chmod(0o600);
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CliError(`cannot write ${file}: ${systemTrouble(error)}`, {
      cause: error,
    });
  }
}

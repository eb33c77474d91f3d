/**
 * `kubeskippy pause` and `kubeskippy resume`: shows what stops or goes on, asks, and makes or deletes the ConfigMap of
 * the kill switch, which a person could also do by hand.
 */
import { COMPONENT, HEALING_ACTION, HEALING_POLICY, PAUSE_CONFIG_MAP } from '../../api/names.ts';
import { isTerminal, type Phase } from '../../api/action-status.ts';
import { pauseData, pauseText } from '../../core/pause.ts';
import type { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import { CONFIG_MAPS } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { callerOf } from '../approve/decide.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf } from '../healing-objects.ts';

export interface PauseOptions extends ConnectOptions {
  /** Of the operator. */
  readonly namespace: string;
  readonly does: 'pause' | 'resume';
  readonly reason?: string | undefined;
  /** The server judges it and keeps nothing. */
  readonly dryRun?: boolean | undefined;
  /** Nobody is asked. */
  readonly yes?: boolean | undefined;
}

type Asking = Pick<CliEnvironment, 'stdout' | 'ask' | 'signal'>;

export async function pause(options: PauseOptions, environment: CliEnvironment): Promise<void> {
  const { ask } = environment;
  if (options.yes !== true && options.dryRun !== true && ask === undefined)
    throw new CliError('nobody sits at this terminal to be asked; read the plan with --dry-run, then add -y', {
      exitCode: 2,
    });
  const { client } = await clusterClient(options, environment);
  await pauseWith(client, options, environment);
}

export async function pauseWith(client: KubeClient, options: PauseOptions, asking: Asking): Promise<void> {
  try {
    const found = await client.find(CONFIG_MAPS, { namespace: options.namespace, name: PAUSE_CONFIG_MAP });
    await (options.does === 'pause'
      ? stop(client, { options, found }, asking)
      : goOn(client, { options, found }, asking));
  } catch (error) {
    if (isKubeError(error)) throw new CliError(oneLine(error), { cause: error });
    throw error;
  }
}

interface Case {
  readonly options: PauseOptions;
  readonly found: KubeObject | undefined;
}

async function stop(client: KubeClient, { options, found }: Case, asking: Asking): Promise<void> {
  const { namespace, reason } = options;
  if (found !== undefined) throw new CliError(`healing is paused already: ${pauseText(found)}`);
  const by = await callerOf(client, asking.signal);
  asking.stdout.write(`${[...(await effects(client, 'pause', asking.signal)), ...signed(by, reason)].join('\n')}\n`);
  await agreed('Pause', options, asking);
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: PAUSE_CONFIG_MAP, labels: { 'app.kubernetes.io/name': COMPONENT } },
    data: { by, ...(reason !== undefined && { reason }) },
  };
  await client.create(CONFIG_MAPS, object, { dryRun: options.dryRun === true ? 'All' : undefined });
  asking.stdout.write(
    options.dryRun === true
      ? 'The server would take it. Nothing was kept.\n'
      : `Healing is paused: ConfigMap ${namespace}/${PAUSE_CONFIG_MAP}. It goes on with kubeskippy resume.\n`,
  );
}

async function goOn(client: KubeClient, { options, found }: Case, asking: Asking): Promise<void> {
  const { namespace, reason } = options;
  const { metadata } = found ?? {};
  if (found === undefined || metadata === undefined)
    throw new CliError(`healing is not paused: there is no ConfigMap ${namespace}/${PAUSE_CONFIG_MAP}`);
  const by = await callerOf(client, asking.signal);
  const since = metadata.creationTimestamp === undefined ? '' : ` since ${metadata.creationTimestamp}`;
  const lines = [`${pauseText(found)}. It is there${since}.`, ...(await effects(client, 'resume', asking.signal))];
  asking.stdout.write(`${[...lines, ...signed(by, reason)].join('\n')}\n`);
  await agreed('Resume', options, asking);
  const dryRun = options.dryRun === true ? ('All' as const) : undefined;
  // Its end is told with the name of the person who ended it.
  const data = { ...pauseData(found), lifted: `resumed by ${by}${reason === undefined ? '' : `: ${reason}`}` };
  const marked = await client.update(CONFIG_MAPS, { ...found, data }, { dryRun });
  const { uid = '' } = marked.metadata;
  await client.delete(CONFIG_MAPS, { namespace, name: PAUSE_CONFIG_MAP }, { uid, dryRun });
  asking.stdout.write(dryRun === undefined ? 'Healing goes on.\n' : 'The server would take it. Nothing was kept.\n');
}

const signed = (by: string, reason: string | undefined): readonly string[] => [
  `Signed by ${by}`,
  ...(reason === undefined ? [] : [`Reason: ${reason}`]),
];

/** Names in a plan; of more a person reads the list of actions. */
const MOST_NAMED = 5;

/** What stands still, or goes on. */
async function effects(
  client: KubeClient,
  does: PauseOptions['does'],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const [policies, actions] = await Promise.all([
    listOf({ client, signal }, HEALING_POLICY),
    listOf({ client, signal }, HEALING_ACTION),
  ]);
  const phaseOf = (action: KubeObject): Phase =>
    (action['status'] as { readonly phase?: Phase } | undefined)?.phase ?? 'Pending';
  const open = actions.filter((action) => !isTerminal(phaseOf(action)));
  const midway = open.filter((action) => phaseOf(action) === 'InProgress');
  const names = midway.slice(0, MOST_NAMED).map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  const more = midway.length > names.length ? `, and ${midway.length - names.length} more` : '';
  const list = midway.length === 0 ? '' : ` (${names.join(', ')}${more})`;
  return does === 'pause'
    ? [
        `${policies.length} policies begin nothing any more.`,
        `${midway.length} actions that have begun stop before their next stage${list}.`,
        `${open.length - midway.length} actions that wait go on waiting.`,
      ]
    : [
        `${policies.length} policies act again.`,
        `${midway.length} actions that have begun go on${list}.`,
        `${open.length - midway.length} actions that wait may begin.`,
      ];
}

async function agreed(what: string, { yes, dryRun }: PauseOptions, { ask }: Asking): Promise<void> {
  if (yes === true || dryRun === true) return;
  const answered = await ask?.(`${what} healing? Type yes: `);
  if (answered?.trim() !== 'yes') throw new CliError('nothing was changed: the answer was not yes');
}

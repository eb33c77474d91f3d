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
import { counted } from '../../std/counted.ts';
import { given } from '../../std/given.ts';
import { answerIn, widthOf } from '../answer-form.ts';
import { callerOf } from '../approve/decide.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { type ConnectOptions, oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { hangingText } from '../hanging-rows.ts';
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
  readonly output: 'text' | 'json';
}

type Asking = Pick<CliEnvironment, 'stdout' | 'stderr' | 'ask' | 'signal'>;

export async function pause(options: PauseOptions, environment: CliEnvironment): Promise<void> {
  const { ask } = environment;
  if (asks(options) && ask === undefined)
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
  const reach = await reachOf(client, asking.signal);
  say([...effectLines(reach, 'pause'), ...signed(by, reason)], options, asking);
  await agreed('Pause', options, asking);
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { namespace, name: PAUSE_CONFIG_MAP, labels: { 'app.kubernetes.io/name': COMPONENT } },
    data: { by, ...(reason !== undefined && { reason }) },
  };
  await client.create(CONFIG_MAPS, object, { dryRun: options.dryRun === true ? 'All' : undefined });
  ended(
    `Healing is paused: ConfigMap ${namespace}/${PAUSE_CONFIG_MAP}. It goes on with kubeskippy resume.`,
    { options, reach, by },
    asking,
  );
}

async function goOn(client: KubeClient, { options, found }: Case, asking: Asking): Promise<void> {
  const { namespace, reason } = options;
  const { metadata } = found ?? {};
  if (found === undefined || metadata === undefined)
    throw new CliError(`healing is not paused: there is no ConfigMap ${namespace}/${PAUSE_CONFIG_MAP}`);
  const by = await callerOf(client, asking.signal);
  const since = metadata.creationTimestamp === undefined ? '' : ` since ${metadata.creationTimestamp}`;
  const reach = await reachOf(client, asking.signal);
  const lines = [`${pauseText(found)}. It is there${since}.`, ...effectLines(reach, 'resume')];
  say([...lines, ...signed(by, reason)], options, asking);
  await agreed('Resume', options, asking);
  const dryRun = options.dryRun === true ? ('All' as const) : undefined;
  // Its end is told with the name of the person who ended it.
  const data = { ...pauseData(found), lifted: `resumed by ${by}${reason === undefined ? '' : `: ${reason}`}` };
  const marked = await client.update(CONFIG_MAPS, { ...found, data }, { dryRun });
  const { uid = '' } = marked.metadata;
  await client.delete(CONFIG_MAPS, { namespace, name: PAUSE_CONFIG_MAP }, { uid, dryRun });
  ended('Healing goes on.', { options, reach, by }, asking);
}

/** A person reads it before the question; what programs read is one document, at the end. */
function say(lines: readonly string[], options: PauseOptions, { stdout, stderr }: Asking): void {
  const text = hangingText(lines, { width: widthOf({ stdout }) });
  if (options.output === 'text') stdout.write(text);
  else if (asks(options)) stderr.write(text);
}

function ended(
  text: string,
  { options, reach, by }: { readonly options: PauseOptions; readonly reach: Reach; readonly by: string },
  { stdout }: Asking,
): void {
  const { does, namespace, reason, dryRun = false, output } = options;
  const { policies, midway, waiting } = reach;
  const value = {
    does,
    namespace,
    configMap: PAUSE_CONFIG_MAP,
    by,
    ...given({ reason }),
    policies,
    midway,
    waiting,
    dryRun,
  };
  const said = dryRun ? 'The server would take it. Nothing was kept.' : text;
  stdout.write(answerIn(output, value, () => hangingText([said], { width: widthOf({ stdout }) })));
}

const signed = (by: string, reason: string | undefined): readonly string[] => [
  `Signed by ${by}`,
  ...(reason === undefined ? [] : [`Reason: ${reason}`]),
];

/** Names in a plan; of more a person reads the list of actions. */
const MOST_NAMED = 5;

/** What stands still, or goes on. */
interface Reach {
  readonly policies: number;
  /** Names of actions that have begun. */
  readonly midway: readonly string[];
  /** Actions that have not. */
  readonly waiting: number;
}

async function reachOf(client: KubeClient, signal: AbortSignal): Promise<Reach> {
  const [policies, actions] = await Promise.all([
    listOf({ client, signal }, HEALING_POLICY),
    listOf({ client, signal }, HEALING_ACTION),
  ]);
  const phaseOf = (action: KubeObject): Phase =>
    (action['status'] as { readonly phase?: Phase } | undefined)?.phase ?? 'Pending';
  const open = actions.filter((action) => !isTerminal(phaseOf(action)));
  const midway = open.filter((action) => phaseOf(action) === 'InProgress');
  return {
    policies: policies.length,
    midway: midway.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`),
    waiting: open.length - midway.length,
  };
}

function effectLines({ policies, midway, waiting }: Reach, does: PauseOptions['does']): readonly string[] {
  const names = midway.slice(0, MOST_NAMED);
  const more = midway.length > names.length ? `, and ${midway.length - names.length} more` : '';
  const list = midway.length === 0 ? '' : ` (${names.join(', ')}${more})`;
  return does === 'pause'
    ? [
        `${counted(policies, 'policy begins', 'policies begin')} nothing any more.`,
        `${counted(midway.length, 'action that has begun stops', 'actions that have begun stop')} before the next stage${list}.`,
        `${counted(waiting, 'action that waits goes', 'actions that wait go')} on waiting.`,
      ]
    : [
        `${counted(policies, 'policy acts', 'policies act')} again.`,
        `${counted(midway.length, 'action that has begun goes', 'actions that have begun go')} on${list}.`,
        `${counted(waiting, 'action that waits', 'actions that wait')} may begin.`,
      ];
}

const asks = ({ yes, dryRun }: PauseOptions): boolean => yes !== true && dryRun !== true;

async function agreed(what: string, options: PauseOptions, { ask }: Asking): Promise<void> {
  if (!asks(options)) return;
  const answered = await ask?.(`${what} healing? Type yes: `);
  if (answered?.trim() !== 'yes') throw new CliError('nothing was changed: the answer was not yes');
}

/**
 * `kubeskippy report replaceability`: the workloads of the cluster whose next pod would not start, by the functions of
 * the operator. Sends reads, and a dry run for each workload.
 */
import { ownedPodNeeds, ownedPods } from '../../core/actions/owned-pods.ts';
import { controllerOf } from '../../core/actions/eviction.ts';
import { endingOf } from '../../core/ended.ts';
import { describeObject } from '../../core/observation.ts';
import { replacementOf } from '../../core/replacement/replacement.ts';
import { Discovery } from '../../kube/discovery.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceType } from '../../kube/resource.ts';
import { DAEMON_SETS, DEPLOYMENTS, PODS, REPLICA_SETS, STATEFUL_SETS } from '../../kube/well-known.ts';
import { answersTo } from '../../operator/action/answers.ts';
import { SharedSight } from '../../operator/action/shared-sight.ts';
import { lookAhead } from '../../operator/action/successor-look.ts';
import type { LiveReads } from '../../operator/roles.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { printableLine } from '../../std/printable.ts';
import { wrapWords } from '../../std/wrap-words.ts';
import { answerIn, sentenceWidth, widthOf } from '../answer-form.ts';
import { counted } from '../../std/counted.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import { oneLine } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import type { ReportOptions } from './report.ts';

export interface Replaceability {
  readonly workload: string;
  /** Empty: it would come back, as far as that was looked at. */
  readonly impossible: readonly string[];
  readonly unchecked: readonly string[];
}

interface Reads extends LiveReads {
  readonly shared: SharedSight;
}

/** What makes pods, and pods that nothing makes. */
const LISTED: readonly ResourceType[] = [DEPLOYMENTS, STATEFUL_SETS, DAEMON_SETS, REPLICA_SETS, PODS];
/** Each takes some ten requests; so many at once keep a server busy and do not flood it. */
const AT_ONCE = 8;

export async function reportReplaceability(options: ReportOptions, environment: CliEnvironment): Promise<void> {
  const { stdout } = environment;
  const { client } = await clusterClient(options, environment);
  const discovery = new Discovery(client);
  const live: Reads = {
    client,
    resolve: (apiVersion, kind) => discovery.resolve(apiVersion, kind),
    shared: new SharedSight(client, environment.clock),
  };
  try {
    const rows = await replaceabilityIn(live, options.namespace);
    stdout.write(answerIn(options.output, rows, () => replaceabilityText(rows, sentenceWidth(widthOf(environment)))));
  } catch (error) {
    if (!isKubeError(error)) throw error;
    throw new CliError(`the workloads cannot be looked at: ${oneLine(error)}`, { cause: error });
  }
}

/** `namespace`: omitted, all of them. */
export async function replaceabilityIn(live: Reads, namespace?: string): Promise<readonly Replaceability[]> {
  const lists = await Promise.all(LISTED.map((type) => live.client.list(type, { namespace })));
  const own = lists.flatMap(({ items }) => items).filter((object) => controllerOf(object) === undefined);
  const workloads = own.filter((object) => object.kind !== 'Pod' || endingOf(object) === undefined);
  const rows: Replaceability[] = [];
  for (let from = 0; from < workloads.length; from += AT_ONCE)
    rows.push(...(await Promise.all(workloads.slice(from, from + AT_ONCE).map((object) => rowOf(live, object)))));
  return rows;
}

async function rowOf(live: Reads, object: KubeObject): Promise<Replaceability> {
  const workload = describeObject(object);
  if (object.kind === 'Pod')
    return { workload, impossible: ['it has no controller: nothing would bring it back'], unchecked: [] };
  const pods = ownedPods(object, await answersTo(live, ownedPodNeeds(object)));
  if ('whyNot' in pods) return { workload, impossible: [], unchecked: [`its pods (${pods.whyNot})`] };
  const going = pods.value.filter((pod) => endingOf(pod) === undefined);
  const sight = await lookAhead(live.shared, { maker: object, going });
  return sight === undefined
    ? { workload, impossible: [], unchecked: ['it has no pod template'] }
    : { workload, ...replacementOf(sight) };
}

export function replaceabilityText(rows: readonly Replaceability[], width: number): string {
  const lost = rows.filter(({ impossible }) => impossible.length > 0);
  const lines = lost.flatMap(({ workload, impossible }) => [
    workload,
    ...impossible.flatMap((why) => wrapWords(why, width - 4).map((line, at) => `${at === 0 ? '  - ' : '    '}${line}`)),
  ]);
  const unchecked = [...new Set(rows.flatMap((row) => row.unchecked))];
  const end = [
    `${lost.length} of ${counted(rows.length, 'workload')} would not come back once their pods are gone.`,
    ...(unchecked.length === 0 ? [] : [`Not looked at in full: ${unchecked.join(', ')}.`]),
  ];
  return `${[...lines, ...end.flatMap((line) => wrapWords(line, width))].map(printableLine).join('\n')}\n`;
}

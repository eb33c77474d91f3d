/** `kubeskippy status`: reads the Lease, the kill switch, the policies and the actions, and sums them up. */
import { DEFAULT_NAMESPACE, HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { isKubeError } from '../../kube/errors.ts';
import { NODES } from '../../kube/well-known.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { listOf } from '../healing-objects.ts';
import { glanceAt } from './glance.ts';
import { glanceText } from './glance-text.ts';
import { operatorSeen } from './operator-seen.ts';

export interface StatusOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  /** Omitted: where `kubeskippy install` puts it. */
  readonly operatorNamespace?: string | undefined;
  readonly output: AnswerForm;
}

export async function showStatus(options: StatusOptions, environment: CliEnvironment): Promise<void> {
  const { signal, stdout } = environment;
  const { client, serverClock } = await clusterClient(options, environment);
  const reading = { client, signal };
  const [operator, policies, actions, nodes] = await Promise.all([
    operatorSeen(reading, options.operatorNamespace ?? DEFAULT_NAMESPACE),
    listOf(reading, HEALING_POLICY, options.namespace),
    listOf(reading, HEALING_ACTION, options.namespace),
    nodesOf(reading),
  ]);
  const parsed = actions.flatMap((object) => parseAction(object).action ?? []);
  const glance = glanceAt({ operator, policies, actions: parsed, ...given({ nodes }) }, serverClock.now());
  stdout.write(answerIn(options.output, glance, () => glanceText(glance, widthOf(environment))));
}

/** Members of a team may seldom read nodes; the rest is told all the same. */
async function nodesOf({ client, signal }: Parameters<typeof listOf>[0]): Promise<readonly KubeObject[] | undefined> {
  try {
    return (await client.list(NODES, { signal })).items;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return undefined;
  }
}

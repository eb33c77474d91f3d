/** `kubeskippy status`: reads the Lease, the kill switch, the policies and the actions, and sums them up. */
import { DEFAULT_NAMESPACE, HEALING_ACTION, HEALING_POLICY } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
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
  const [operator, policies, actions] = await Promise.all([
    operatorSeen(reading, options.operatorNamespace ?? DEFAULT_NAMESPACE),
    listOf(reading, HEALING_POLICY, options.namespace),
    listOf(reading, HEALING_ACTION, options.namespace),
  ]);
  const parsed = actions.flatMap((object) => parseAction(object).action ?? []);
  const glance = glanceAt({ operator, policies, actions: parsed }, serverClock.now());
  stdout.write(answerIn(options.output, glance, () => glanceText(glance, widthOf(environment))));
}

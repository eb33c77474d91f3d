/** `kubeskippy history KIND/NAME`: what was done to an object, from the HealingActions that are kept. */
import { HEALING_ACTION } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { type AnswerForm, answerIn, sentenceWidth, widthOf } from '../answer-form.ts';
import { CliError } from '../cli-error.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { kindOf } from '../kind-words.ts';
import { listOf } from '../healing-objects.ts';
import { historyOf, historyText } from './timeline.ts';

export interface HistoryOptions extends ConnectOptions {
  /** `KIND/NAME`. */
  readonly object: string;
  readonly namespace: string;
  readonly output: AnswerForm;
}

export async function showHistory(options: HistoryOptions, environment: CliEnvironment): Promise<void> {
  const [word, name, more] = options.object.split('/');
  if (word === undefined || word === '' || name === undefined || name === '' || more !== undefined)
    throw new CliError(`${options.object} is no KIND/NAME, for example deployment/web`, { exitCode: 2 });
  const { client } = await clusterClient(options, environment);
  // An action on an object of the cluster is in the namespace of its policy, so all are read.
  const actions = await listOf({ client, signal: environment.signal }, HEALING_ACTION);
  const { namespace } = options;
  const entries = historyOf(
    actions.flatMap((object) => parseAction(object).action ?? []),
    { kind: kindOf(word) ?? word, namespace, name },
  );
  const text = () =>
    historyText(
      `${kindOf(word) ?? word} ${name} (namespace ${namespace})`,
      entries,
      sentenceWidth(widthOf(environment)),
    );
  environment.stdout.write(answerIn(options.output, entries, text));
}

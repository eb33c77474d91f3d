/** `kubeskippy report causes`: what actions did about causes, counted from the HealingActions of the cluster. */
import { HEALING_ACTION } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { type AnswerForm, answerIn } from '../answer-form.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf } from '../healing-objects.ts';
import { outcomesByCause, reportText } from './outcomes.ts';

export interface ReportOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly output: AnswerForm;
}

export async function reportCauses(options: ReportOptions, environment: CliEnvironment): Promise<void> {
  const { client } = await clusterClient(options, environment);
  const actions = await listOf({ client, signal: environment.signal }, HEALING_ACTION, options.namespace);
  const rows = outcomesByCause(actions.flatMap((object) => parseAction(object).action ?? []));
  environment.stdout.write(answerIn(options.output, rows, () => reportText(rows)));
}

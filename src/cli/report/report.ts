/** `kubeskippy report causes`: what actions did about causes, counted from the HealingActions of the cluster. */
import { HEALING_ACTION } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf, readingClient } from '../healing-objects.ts';
import { outcomesByCause, reportText } from './outcomes.ts';

export interface ReportOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly output: 'text' | 'json';
}

export async function reportCauses(options: ReportOptions, environment: CliEnvironment): Promise<void> {
  const actions = await listOf(await readingClient(options, environment), HEALING_ACTION, options.namespace);
  const rows = outcomesByCause(actions.flatMap((object) => parseAction(object).action ?? []));
  environment.stdout.write(options.output === 'json' ? `${JSON.stringify(rows, undefined, 2)}\n` : reportText(rows));
}

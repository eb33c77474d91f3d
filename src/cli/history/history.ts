/** `kubeskippy history KIND/NAME`: what was done to an object, from the HealingActions that are kept. */
import { HEALING_ACTION } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { CliError } from '../cli-error.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf, readingClient } from '../healing-objects.ts';
import { historyOf, historyText } from './timeline.ts';

export interface HistoryOptions extends ConnectOptions {
  /** `KIND/NAME`. */
  readonly object: string;
  readonly namespace: string;
  readonly output: 'text' | 'json';
}

export async function showHistory(options: HistoryOptions, environment: CliEnvironment): Promise<void> {
  const [kind, name, more] = options.object.split('/');
  if (kind === undefined || kind === '' || name === undefined || name === '' || more !== undefined)
    throw new CliError(`${options.object} is no KIND/NAME, for example deployment/web`, { exitCode: 2 });
  const reading = await readingClient(options, environment);
  // An action on an object of the cluster is in the namespace of its policy, so all are read.
  const actions = await listOf(reading, HEALING_ACTION);
  const entries = historyOf(
    actions.flatMap((object) => parseAction(object).action ?? []),
    { kind, namespace: options.namespace, name },
  );
  environment.stdout.write(
    options.output === 'json'
      ? `${JSON.stringify(entries, undefined, 2)}\n`
      : historyText(`${options.object} of namespace ${options.namespace}`, entries),
  );
}

/** `kubeskippy report causes`: what actions did about causes, counted from the HealingActions of the cluster. */
import { COMPONENT, HEALING_ACTION, GROUP, VERSION } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { KubeClient } from '../../kube/client.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import { CliError } from '../cli-error.ts';
import { checkServer, connect, type ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { outcomesByCause, reportText } from './outcomes.ts';

export interface ReportOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly output: 'text' | 'json';
}

const ACTIONS: ResourceRef = { group: GROUP, version: VERSION, resource: HEALING_ACTION.plural, namespaced: true };

export async function reportCauses(options: ReportOptions, environment: CliEnvironment): Promise<void> {
  const { clock, signal, stdout } = environment;
  const { transport, server } = await connect(options, environment);
  const client = new KubeClient({ transport, clock, fieldManager: COMPONENT, userAgent: COMPONENT });
  await checkServer(client, { server, signal });
  const actions = await client.list(ACTIONS, { namespace: options.namespace, signal }).catch((error: unknown) => {
    if (!isKubeError(error)) throw error;
    throw new CliError(`the HealingActions cannot be read: ${error.message}`, { cause: error });
  });
  const rows = outcomesByCause(actions.items.flatMap((object) => parseAction(object).action ?? []));
  stdout.write(options.output === 'json' ? `${JSON.stringify(rows, undefined, 2)}\n` : reportText(rows));
}

/** `kubeskippy status`: reads the Lease, the kill switch, the policies and the actions, and sums them up. */
import { HEALING_ACTION, HEALING_POLICY, LEASE_NAME, PAUSE_CONFIG_MAP } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { pauseText } from '../../core/pause.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf, readingClient, type ReadingClient } from '../healing-objects.ts';
import { glanceAt, type OperatorSeen } from './glance.ts';
import { glanceText } from './glance-text.ts';

export interface StatusOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  readonly operatorNamespace: string;
  readonly output: 'text' | 'json';
}

const LEASES: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  namespaced: true,
};
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', resource: 'configmaps', namespaced: true };

export async function showStatus(options: StatusOptions, environment: CliEnvironment): Promise<void> {
  const { clock, stdout } = environment;
  const reading = await readingClient(options, environment);
  const [operator, policies, actions] = await Promise.all([
    operatorSeen(reading, options.operatorNamespace),
    listOf(reading, HEALING_POLICY, options.namespace),
    listOf(reading, HEALING_ACTION, options.namespace),
  ]);
  const parsed = actions.flatMap((object) => parseAction(object).action ?? []);
  const glance = glanceAt({ operator, policies, actions: parsed }, clock.now());
  stdout.write(options.output === 'json' ? `${JSON.stringify(glance, undefined, 2)}\n` : glanceText(glance));
}

/** A person who may not read the operator's namespace still sees the rest. */
async function operatorSeen(reading: ReadingClient, namespace: string): Promise<OperatorSeen> {
  const one = async (type: ResourceRef, name: string): Promise<KubeObject | 'none' | { unreadable: string }> => {
    try {
      return await reading.client.get(type, { namespace, name }, { signal: reading.signal });
    } catch (error) {
      if (!isKubeError(error)) throw error;
      return error.status === 404 ? 'none' : { unreadable: error.message };
    }
  };
  const [lease, pause] = await Promise.all([one(LEASES, LEASE_NAME), one(CONFIG_MAPS, PAUSE_CONFIG_MAP)]);
  const paused =
    pause === 'none'
      ? undefined
      : 'unreadable' in pause
        ? `the kill switch cannot be read: ${pause.unreadable}`
        : pauseText(pause);
  return { lease, ...given({ paused }) };
}

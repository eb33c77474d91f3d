/** `kubeskippy status`: reads the Lease, the kill switch, the policies and the actions, and sums them up. */
import { DEFAULT_NAMESPACE, HEALING_ACTION, HEALING_POLICY, LEASE_NAME, PAUSE_CONFIG_MAP } from '../../api/names.ts';
import { parseAction } from '../../api/parse-action.ts';
import { pauseText } from '../../core/pause.ts';
import { isKubeError } from '../../kube/errors.ts';
import type { ResourceRef } from '../../kube/resource.ts';
import { given } from '../../std/given.ts';
import { type AnswerForm, answerIn, widthOf } from '../answer-form.ts';
import { clusterClient } from '../cluster-client.ts';
import type { ConnectOptions } from '../connect.ts';
import type { CliEnvironment } from '../environment.ts';
import { listOf } from '../healing-objects.ts';
import { glanceAt, type OperatorSeen, type Read } from './glance.ts';
import { glanceText } from './glance-text.ts';

export interface StatusOptions extends ConnectOptions {
  /** Omitted: all namespaces. */
  readonly namespace?: string | undefined;
  /** Omitted: where `kubeskippy install` puts it. */
  readonly operatorNamespace?: string | undefined;
  readonly output: AnswerForm;
}

type Reading = Parameters<typeof listOf>[0];

const LEASES: ResourceRef = {
  group: 'coordination.k8s.io',
  version: 'v1',
  resource: 'leases',
  namespaced: true,
};
const CONFIG_MAPS: ResourceRef = { group: '', version: 'v1', resource: 'configmaps', namespaced: true };

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

/** A person who may not read the operator's namespace still sees the rest. */
async function operatorSeen(reading: Reading, namespace: string): Promise<OperatorSeen> {
  const read = async (type: ResourceRef, name: string): Promise<Read> => {
    try {
      const object = await reading.client.get(type, { namespace, name }, { signal: reading.signal });
      return { kind: 'found', object };
    } catch (error) {
      if (!isKubeError(error)) throw error;
      return error.status === 404 ? { kind: 'absent' } : { kind: 'unreadable', why: error.message };
    }
  };
  const [lease, pause] = await Promise.all([read(LEASES, LEASE_NAME), read(CONFIG_MAPS, PAUSE_CONFIG_MAP)]);
  return { lease, ...given({ paused: pausedText(pause) }) };
}

function pausedText(pause: Read): string | undefined {
  switch (pause.kind) {
    case 'absent':
      return undefined;
    case 'unreadable':
      return `the kill switch cannot be read: ${pause.why}`;
    case 'found':
      return pauseText(pause.object);
  }
}

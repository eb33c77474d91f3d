/** The operator's own kinds: their resource types, and the wait until the server serves them. */
import {
  API_VERSION,
  GROUP,
  HEALING_ACTION,
  HEALING_APPROVAL,
  HEALING_POLICY,
  type KindNames,
  VERSION,
} from '../api/names.ts';
import type { KubeClient } from '../kube/client.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { KubeError } from '../kube/errors.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { Logger } from './ports.ts';

const resourceType = (names: KindNames): ResourceType => ({
  group: GROUP,
  version: VERSION,
  kind: names.kind,
  resource: names.plural,
  namespaced: true,
  verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
  subresources: ['status'],
  shortNames: [names.shortName],
});

export const OWN_KINDS = {
  policies: resourceType(HEALING_POLICY),
  actions: resourceType(HEALING_ACTION),
  approvals: { ...resourceType(HEALING_APPROVAL), subresources: [] },
};

/** A person applies them within seconds of being told; two seconds later the operator goes on. */
const RETRY_MS = 2000;

export interface DefinitionsWait {
  readonly client: KubeClient;
  readonly logger: Logger;
  readonly onReadiness: (waitingFor: readonly string[]) => void;
}

/** False when the signal aborted first. */
export async function waitForDefinitions(
  { client, logger, onReadiness }: DefinitionsWait,
  signal: AbortSignal,
): Promise<boolean> {
  for (let told = false; !signal.aborted; told = true) {
    const missing = await missingDefinitions(client);
    onReadiness(missing);
    if (missing.length === 0) return true;
    if (!told)
      logger.warn(
        { missing, apiVersion: API_VERSION },
        'waiting for the CustomResourceDefinitions; apply them with `kubeskippy install`',
      );
    if (!(await sleepUntil(client.clock, client.clock.now() + RETRY_MS, signal))) return false;
  }
  return false;
}

async function missingDefinitions(client: KubeClient): Promise<readonly string[]> {
  const missing: string[] = [];
  for (const type of Object.values(OWN_KINDS)) {
    try {
      await client.listPage(type, { limit: 1 });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      const name = `${type.resource}.${type.group}`;
      missing.push(error.code === 'NotFound' ? `CustomResourceDefinition ${name}` : `${name} (${error.message})`);
    }
  }
  return missing;
}

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
import { customResourceDefinitions, type SchemaNode } from '../api/crd.ts';
import { fieldsBeyond, namedFields, schemaOf } from '../api/kind-fields.ts';
import { TO_WATCH, withMissingRule } from '../core/authority/forbidden.ts';
import type { KubeClient } from '../kube/client.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { KubeError } from '../kube/errors.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';
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

/** Why the operator cannot begin, by what a person does about it. */
interface Obstacle {
  readonly kind: 'absent' | 'older' | 'refused';
  readonly text: string;
}

const TODO: Readonly<Record<Obstacle['kind'], string>> = {
  absent: 'waiting for the CustomResourceDefinitions; apply them with `kubeskippy install`',
  older:
    'the CustomResourceDefinitions are older than this program, and the API server would drop what they do not know; apply those of this version with `kubeskippy install`, or `kubectl apply --server-side -f charts/kubeskippy/crds`',
  refused: 'the kinds of the operator cannot be read',
};

/**
 * False when the signal aborted first. Under older kinds nothing may be written: a status that comes back without a
 * part of it has not the seal that was written with it, and would be taken for one that others have changed.
 */
export async function waitForDefinitions(
  { client, logger, onReadiness }: DefinitionsWait,
  signal: AbortSignal,
): Promise<boolean> {
  for (let told = ''; !signal.aborted; ) {
    const obstacles = await obstaclesNow(client);
    onReadiness(obstacles.map(({ text }) => text));
    if (obstacles.length === 0) return true;
    const missing = obstacles.map(({ text }) => text);
    const [{ kind } = { kind: 'absent' as const }] = obstacles;
    if (missing.join() !== told) logger.warn({ missing, apiVersion: API_VERSION }, TODO[kind]);
    told = missing.join();
    if (!(await sleepUntil(client.clock, client.clock.now() + RETRY_MS, signal))) return false;
  }
  return false;
}

async function obstaclesNow(client: KubeClient): Promise<readonly Obstacle[]> {
  const obstacles: Obstacle[] = [];
  for (const type of Object.values(OWN_KINDS)) {
    const name = `${type.resource}.${type.group}`;
    const text = `CustomResourceDefinition ${name}`;
    try {
      await client.listPage(type, { limit: 1 });
    } catch (error) {
      if (!(error instanceof KubeError)) throw error;
      obstacles.push(
        error.code === 'NotFound'
          ? { kind: 'absent', text }
          : { kind: 'refused', text: `${name} (${withMissingRule(error.message, TO_WATCH)})` },
      );
    }
  }
  return obstacles.length > 0 ? obstacles : olderKinds(client);
}

interface Document {
  readonly components?: { readonly schemas?: Readonly<Record<string, SchemaNode>> };
}

/** Every account may read it, by the ClusterRole `system:discovery`. */
const OPENAPI = `/openapi/v3/apis/${GROUP}/${VERSION}`;

/** A server that does not say which fields its kinds have stops nothing. */
async function olderKinds(client: KubeClient): Promise<readonly Obstacle[]> {
  try {
    const { status, value } = await client.request({ method: 'GET', path: OPENAPI });
    if (status !== 200) return [];
    const schemas = Object.values((value as Document).components?.schemas ?? {});
    return customResourceDefinitions().flatMap((ours): readonly Obstacle[] => {
      const served = schemas.find((schema) => isOfKind(schema, kindOf(ours)));
      const missing = served === undefined ? [] : fieldsBeyond(schemaOf(ours), served);
      const text = `CustomResourceDefinition ${ours.metadata.name} (older than this program: it has no ${namedFields(missing)})`;
      return missing.length === 0 ? [] : [{ kind: 'older', text }];
    });
  } catch (error) {
    if (!(error instanceof KubeError)) throw error;
    return [{ kind: 'refused', text: `the fields of ${GROUP} (${error.message})` }];
  }
}

const kindOf = ({ spec }: KubeObject): string => (spec as { readonly names: KindNames }).names.kind;

function isOfKind(schema: SchemaNode, kind: string): boolean {
  const names = schema['x-kubernetes-group-version-kind'] as readonly { readonly kind?: string }[] | undefined;
  return names?.some((name) => name.kind === kind) ?? false;
}

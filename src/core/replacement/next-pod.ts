/** The pod that a controller would make in place of one that goes, as it would ask the API server for it. */
import type { ActionType } from '../../api/action-template.ts';
import type { KubeObject, OwnerReference } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { controllerOf } from '../actions/eviction.ts';
import type { PodObject, PodSpec, Volume, WorkloadObject } from '../analysis/objects.ts';

/** Controllers that make a pod in place of each that is gone. A Job that lost one may count it as its last failure. */
const MAKERS: ReadonlySet<string> = new Set([
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'apps/v1/DaemonSet',
  'v1/ReplicationController',
]);

export const makesPods = ({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): boolean =>
  MAKERS.has(`${apiVersion}/${kind}`);

interface ClaimTemplate {
  readonly metadata?: { readonly name?: string };
}

/** Undefined where the controller has no template, or is of a kind that makes no pods by it. */
export function nextPod(maker: WorkloadObject, replaced?: Pick<KubeObject, 'metadata'>): PodObject | undefined {
  const template = maker.spec?.template;
  if (!makesPods(maker) || template?.spec === undefined) return undefined;
  const { apiVersion, kind, metadata } = maker;
  const { name, namespace, uid = '' } = metadata;
  const { labels, annotations } = template.metadata ?? {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      // The server makes a name of it, so that no other pod is in its way.
      ...({ generateName: `${name}-` } as { readonly name: string; readonly generateName: string }),
      ...given({ namespace, labels, annotations }),
      ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
    },
    spec: { ...template.spec, ...withClaims(maker, template.spec, replaced) },
  };
}

/** The claims that a StatefulSet makes for each of its pods. */
function withClaims(
  maker: WorkloadObject,
  { volumes = [] }: PodSpec,
  replaced: Pick<KubeObject, 'metadata'> | undefined,
): { readonly volumes?: readonly Volume[] } {
  const made = madeClaims(maker);
  if (made.length === 0) return {};
  const ordinal = /-(\d+)$/.exec(replaced?.metadata.name ?? '')?.[1] ?? '0';
  const own = made.map((name) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${maker.metadata.name}-${ordinal}` },
  }));
  return { volumes: [...volumes.filter(({ name }) => !made.includes(name)), ...own] };
}

/** Names of the volumes whose claims the controller makes itself: they need not be there. */
export function madeClaims({ kind, spec }: WorkloadObject): readonly string[] {
  if (kind !== 'StatefulSet') return [];
  const { volumeClaimTemplates = [] } = (spec ?? {}) as { readonly volumeClaimTemplates?: readonly ClaimTemplate[] };
  return volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
}

/**
 * The controller that makes the next pods when the action takes some away: the target itself, its controller, or, where
 * nothing is known to make any, none.
 */
export function makerFor(type: ActionType, target: KubeObject): 'the target' | OwnerReference | undefined {
  if (target.kind === 'Pod' || target.kind === 'ReplicaSet') {
    const owner = controllerOf(target);
    return owner !== undefined && makesPods(owner) ? owner : undefined;
  }
  return type === 'restart' && makesPods(target) ? 'the target' : undefined;
}

/** Who has said that an object is not to be touched, or that its pods are not to be taken away. */
import type { KubeObject } from '../../shapes/kube.ts';
import { selects } from '../../api/label-selector.ts';
import { ANNOTATIONS, LABELS, NEIGHBOURS_MARKS } from '../../api/names.ts';
import type { ProtectedResource } from '../../api/policy.ts';
import { matchesGlob } from '../../std/glob.ts';
import { isDenied, sameKind } from '../authority/denied-kind.ts';
import { describeObject } from '../observation.ts';
import { lineageOf, type OperatorLimits, type Proposal } from './proposal.ts';

export type Protectable = Pick<Proposal, 'target' | 'object' | 'chain' | 'namespace'> & {
  readonly limits: Pick<OperatorLimits, 'namespace' | 'protectedNamespaces' | 'deniedKinds'>;
};

/** Why it must not be touched; undefined when it may be. */
export function protectionOf(subject: Protectable, resources: readonly ProtectedResource[]): string | undefined {
  const { target, limits } = subject;
  const where = target.namespace ?? (target.kind === 'Namespace' ? target.name : undefined);
  const kind = `${target.apiVersion}/${target.kind}`;
  if (isDenied(target, limits.deniedKinds))
    return `kind ${kind} is among the deniedKinds of the operator's configuration`;
  if (where === limits.namespace) return `namespace ${where} is the operator's own`;
  if (where !== undefined && limits.protectedNamespaces.includes(where))
    return `namespace ${where} is protected by the operator's configuration`;
  for (const one of mayBeMarked(subject)) {
    const mark = markOf(one);
    if (mark !== undefined) return `${describeObject(one)} has ${mark}`;
  }
  const hit = lineageOf(subject).find((one) => resources.some((rule) => covers(rule, one)));
  return hit && `${describeObject(hit)} is listed in safetyRules.protectedResources`;
}

export function mayBeMarked(subject: Pick<Protectable, 'object' | 'chain' | 'namespace'>): readonly KubeObject[] {
  const lineage = lineageOf(subject);
  return subject.namespace === undefined ? lineage : [...lineage, subject.namespace];
}

function markOf(object: KubeObject): string | undefined {
  for (const [where, map] of [
    ['label', object.metadata.labels],
    ['annotation', object.metadata.annotations],
  ] as const) {
    if (map?.[LABELS.protected] === 'true') return `the ${where} ${LABELS.protected}: "true"`;
    const disabled = map?.[ANNOTATIONS.healingDisabled];
    if (disabled !== undefined && disabled !== 'false') return `the ${where} ${ANNOTATIONS.healingDisabled}`;
  }
  return undefined;
}

export function covers(rule: ProtectedResource, object: KubeObject): boolean {
  if (!sameKind(rule, object)) return false;
  if (rule.names.length > 0 && !rule.names.some((glob) => matchesGlob(glob, object.metadata.name))) return false;
  return selects(rule.labels, object.metadata.labels);
}

/**
 * Why a pod, the pods of a workload or those of a node must not be taken away: people have said so to another program
 * that evicts, on the object or on its pod template. What does not take pods away may still be done.
 */
export function disruptionMarkOf(object: KubeObject): string | undefined {
  const own = neighbourMarkOf(object.metadata);
  if (own !== undefined) return `${describeObject(object)} has ${own}`;
  const { template } = (object['spec'] ?? {}) as { readonly template?: Partial<KubeObject> };
  const inherited = template?.metadata === undefined ? undefined : neighbourMarkOf(template.metadata);
  return inherited && `the pod template of ${describeObject(object)} has ${inherited}`;
}

function neighbourMarkOf({ annotations }: Pick<KubeObject['metadata'], 'annotations'>): string | undefined {
  const found = NEIGHBOURS_MARKS.find(({ key, protects }) => {
    const value = annotations?.[key];
    return value !== undefined && (protects === 'any value but false' ? value !== 'false' : value === 'false');
  });
  return found && `the annotation ${found.key}: ${JSON.stringify(annotations?.[found.key])}`;
}

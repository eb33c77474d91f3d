import type { KubeObject } from '../../shapes/kube.ts';
import { selects } from '../../api/label-selector.ts';
import { ANNOTATIONS, LABELS } from '../../api/names.ts';
import type { ProtectedResource } from '../../api/policy.ts';
import { matchesGlob } from '../../std/glob.ts';
import { describeObject } from '../observation.ts';
import { ALLOW, type Gate, lineageOf, type OperatorLimits, type Proposal, refuse } from './proposal.ts';

/**
 * The target, one of its controllers or its namespace is marked as not to be touched, or it is what the operator itself
 * needs to run (I23, I24).
 */
export const protectedTarget: Gate = {
  reason: 'Protected',
  check: ({ policy, ...subject }) => {
    const why = protectionOf(subject, policy?.safety.protectedResources ?? []);
    return why === undefined ? ALLOW : refuse('Protected', why);
  },
  passed: ({ policy, ...subject }) => {
    const looked = mayBeMarked(subject).map(describeObject).join(', ') || 'anything that is known';
    const rules = policy?.safety.protectedResources.length ?? 0;
    return `no mark on ${looked}${rules === 0 ? '' : `; none of ${rules} protectedResources covers the target`}`;
  },
};

type Protectable = Pick<Proposal, 'target' | 'object' | 'chain' | 'namespace'> & {
  readonly limits: Pick<OperatorLimits, 'namespace' | 'protectedNamespaces' | 'deniedKinds'>;
};

/** Why it must not be touched; undefined when it may be. */
export function protectionOf(subject: Protectable, resources: readonly ProtectedResource[]): string | undefined {
  const { target, limits } = subject;
  const where = target.namespace ?? (target.kind === 'Namespace' ? target.name : undefined);
  const kind = `${target.apiVersion}/${target.kind}`;
  if (limits.deniedKinds.some((glob) => matchesGlob(glob, kind)))
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

function mayBeMarked(subject: Pick<Protectable, 'object' | 'chain' | 'namespace'>): readonly KubeObject[] {
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

function covers(rule: ProtectedResource, object: KubeObject): boolean {
  if (rule.kind !== object.kind || rule.apiVersion !== object.apiVersion) return false;
  if (rule.names.length > 0 && !rule.names.some((glob) => matchesGlob(glob, object.metadata.name))) return false;
  return selects(rule.labels, object.metadata.labels);
}

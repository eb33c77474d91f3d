/**
 * Whether a pod may run on a node: selectors, affinity, taints.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
 */
import { unreachable } from '../../std/assert.ts';
import type { NodeSelectorRequirement, NodeSelectorTerm } from './placement-shapes.ts';
import type { Node, PodSpec, Taint, Toleration } from './shapes.ts';

export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect !== undefined && toleration.effect !== '' && toleration.effect !== taint.effect) return false;
  if (toleration.key !== undefined && toleration.key !== '' && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  return toleration.key === taint.key && (toleration.value ?? '') === (taint.value ?? '');
}

/** The first taint of one of these effects that nothing tolerates. */
export function untolerated(
  node: Node,
  tolerations: readonly Toleration[],
  effects: readonly Taint['effect'][],
): Taint | undefined {
  for (const taint of node.spec?.taints ?? [])
    if (effects.includes(taint.effect) && !tolerations.some((toleration) => tolerates(toleration, taint))) return taint;
  return undefined;
}

function holds(requirement: NodeSelectorRequirement, value: string | undefined): boolean {
  const { operator, values = [] } = requirement;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      return unreachable(operator);
  }
}

/** A term without requirements matches nothing. */
export function matchesTerm(term: NodeSelectorTerm, node: Node): boolean {
  const expressions = term.matchExpressions ?? [];
  const fields = term.matchFields ?? [];
  if (expressions.length + fields.length === 0) return false;
  return (
    expressions.every((requirement) => holds(requirement, node.metadata.labels?.[requirement.key])) &&
    fields.every((requirement) =>
      holds(requirement, requirement.key === 'metadata.name' ? node.metadata.name : undefined),
    )
  );
}

export function matchesNode(spec: PodSpec, node: Node): boolean {
  for (const key in spec.nodeSelector) if (node.metadata.labels?.[key] !== spec.nodeSelector[key]) return false;
  const required = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution;
  return required === undefined || required.nodeSelectorTerms.some((term) => matchesTerm(term, node));
}

/**
 * The nodes that a pod's required affinity names, where each of its terms names some; undefined where any node may do.
 */
export function namedNodes(spec: PodSpec): readonly string[] | undefined {
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  const found = new Set<string>();
  for (const { matchFields = [] } of terms) {
    const named = matchFields.filter(({ key, operator }) => key === 'metadata.name' && operator === 'In');
    const [first, ...others] = named.map(({ values = [] }) => values);
    if (first === undefined) return undefined;
    for (const name of first) if (others.every((values) => values.includes(name))) found.add(name);
  }
  return terms.length === 0 ? undefined : [...found];
}

/** The node that a DaemonSet pod was made for. */
export const pinnedNode = (spec: PodSpec): string | undefined => namedNodes(spec)?.[0];

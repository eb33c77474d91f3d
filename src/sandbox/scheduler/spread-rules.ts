/**
 * Spread constraints of a pod, with how many pods each part of the topology has.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import type { LabelSelector } from '../../shapes/kube.ts';
import { matchesNode, untolerated } from '../runtime/node-fit.ts';
import { isTerminating } from '../runtime/pods.ts';
import type { TopologySpreadConstraint } from '../runtime/placement-shapes.ts';
import { selects } from '../runtime/selectors.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import type { NodeUsage } from './node-usage.ts';
import type { PodCounts } from './pod-counts.ts';

const NO_MATCH = "node(s) didn't match pod topology spread constraints";

export class SpreadRules {
  readonly #pod: Pod;
  readonly #rules: readonly Rule[];

  constructor(
    pod: Pod,
    when: TopologySpreadConstraint['whenUnsatisfiable'],
    { nodes, counts }: { readonly nodes: readonly NodeUsage[]; readonly counts: PodCounts },
  ) {
    this.#pod = pod;
    const constraints = (pod.spec.topologySpreadConstraints ?? []).filter((each) => each.whenUnsatisfiable === when);
    this.#rules = constraints.map((constraint) => new Rule(constraint, pod, counts));
    if (constraints.length === 0) return;
    for (const { node } of nodes) if (this.hasKeys(node)) for (const rule of this.#rules) rule.take(node);
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0;
  }

  /** Nodes outside of one of the topologies count nowhere. */
  hasKeys({ metadata: { labels } }: Node): boolean {
    return this.#rules.every(({ constraint }) => labels?.[constraint.topologyKey] !== undefined);
  }

  /** Why the node would be too full; taking pods away helps unless it is outside of the topology. */
  refusal({ metadata: { labels } }: Node): { readonly reason: string; readonly curable: boolean } | undefined {
    for (const rule of this.#rules) {
      const value = labels?.[rule.constraint.topologyKey];
      if (value === undefined) return { reason: `${NO_MATCH} (missing required label)`, curable: false };
      if (rule.skewOf(value) > rule.constraint.maxSkew) return { reason: NO_MATCH, curable: true };
    }
    return undefined;
  }

  /**
   * How full each node is, as the constraints see it; undefined outside of their topologies. The more parts a topology
   * has, the more a pod in one of them counts.
   */
  loads(feasible: readonly Node[]): readonly (number | undefined)[] {
    const inside = feasible.filter((node) => this.hasKeys(node));
    const weights = this.#rules.map(({ constraint: { topologyKey } }) =>
      Math.log(new Set(inside.map(({ metadata }) => metadata.labels?.[topologyKey])).size + 2),
    );
    return feasible.map((node) => {
      if (!this.hasKeys(node)) return undefined;
      return Math.round(this.#rules.reduce((sum, rule, index) => sum + rule.loadOf(node, weights[index] ?? 0), 0));
    });
  }

  /** As if another pod had come to the node, or gone. */
  shift(other: Pod, node: Node, sign: 1 | -1): void {
    if (isTerminating(other) || other.metadata.namespace !== this.#pod.metadata.namespace) return;
    if (this.hasKeys(node)) for (const rule of this.#rules) rule.shift(other, node, sign);
  }
}

const NOWHERE: ReadonlyMap<string, number> = new Map();

class Rule {
  readonly constraint: TopologySpreadConstraint;
  readonly #values = new Map<string, number>();
  readonly #pod: Pod;
  readonly #selector: LabelSelector | undefined;
  readonly #counts: ReadonlyMap<string, number>;
  #least: number | undefined;

  constructor(constraint: TopologySpreadConstraint, pod: Pod, counts: PodCounts) {
    this.constraint = constraint;
    this.#pod = pod;
    this.#selector = selectorOf(constraint, pod);
    // A selector without requirements counts nothing.
    this.#counts =
      this.#selector !== undefined && !isBare(this.#selector)
        ? counts.of(pod.metadata.namespace ?? '', this.#selector, 'staying')
        : NOWHERE;
  }

  loadOf(node: Node, weight: number): number {
    const { topologyKey, maxSkew } = this.constraint;
    const value = node.metadata.labels?.[topologyKey] ?? '';
    const count = topologyKey === 'kubernetes.io/hostname' ? this.#here(node) : (this.#values.get(value) ?? 0);
    return count * weight + maxSkew - 1;
  }

  take(node: Node): void {
    const value = node.metadata.labels?.[this.constraint.topologyKey];
    if (value === undefined || !this.#includes(node)) return;
    this.#values.set(value, (this.#values.get(value) ?? 0) + this.#here(node));
  }

  skewOf(value: string): number {
    const self = selects(this.#selector, this.#pod.metadata.labels) ? 1 : 0;
    return (this.#values.get(value) ?? 0) + self - this.#minimum();
  }

  shift(other: Pod, node: Node, sign: 1 | -1): void {
    const value = node.metadata.labels?.[this.constraint.topologyKey];
    if (value === undefined || !this.#includes(node) || !selects(this.#selector, other.metadata.labels)) return;
    this.#values.set(value, (this.#values.get(value) ?? 0) + sign);
    this.#least = undefined;
  }

  /** Of too few parts the emptiest counts as one that is empty, so that further parts are wanted. */
  #minimum(): number {
    if (this.#values.size < (this.constraint.minDomains ?? 1)) return 0;
    this.#least ??= Math.min(...this.#values.values());
    return this.#least;
  }

  #here({ metadata }: Node): number {
    return this.#counts.get(metadata.name) ?? 0;
  }

  #includes(node: Node): boolean {
    const { nodeAffinityPolicy = 'Honor', nodeTaintsPolicy = 'Ignore' } = this.constraint;
    if (nodeAffinityPolicy === 'Honor' && !matchesNode(this.#pod.spec, node)) return false;
    if (nodeTaintsPolicy === 'Ignore') return true;
    return untolerated(node, this.#pod.spec.tolerations ?? [], ['NoSchedule', 'NoExecute']) === undefined;
  }
}

const isBare = ({ matchLabels, matchExpressions = [] }: LabelSelector): boolean =>
  Object.keys(matchLabels ?? {}).length + matchExpressions.length === 0;

/** The selector, with the pod's own values of the keys that are to be equal. */
export function selectorOf(
  { labelSelector, matchLabelKeys = [] }: TopologySpreadConstraint,
  pod: Pod,
): LabelSelector | undefined {
  if (labelSelector === undefined || matchLabelKeys.length === 0) return labelSelector;
  const own = matchLabelKeys.flatMap((key) => {
    const value = pod.metadata.labels?.[key];
    return value === undefined ? [] : [[key, value] as const];
  });
  return { ...labelSelector, matchLabels: { ...Object.fromEntries(own), ...labelSelector.matchLabels } };
}

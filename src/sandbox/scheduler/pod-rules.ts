/**
 * Required affinity and anti-affinity between a pod that comes and those in place, in both directions.
 * https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#inter-pod-affinity-and-anti-affinity
 */
import type { LabelSelector } from '../../shapes/kube.ts';
import type { Node, Pod } from '../runtime/shapes.ts';
import { against, matches, type NamespacesOf, placesOf, type Term, towards } from './affinity-terms.ts';
import type { NodeUsage } from './node-usage.ts';
import type { PlacedTerms } from './placed-terms.ts';
import type { PodCounts } from './pod-counts.ts';

/** What rules about other pods are held against. */
export interface PodSight {
  readonly nodes: readonly NodeUsage[];
  readonly node: (name: string) => Node | undefined;
  readonly counts: PodCounts;
  readonly terms: PlacedTerms;
  readonly namespacesOf: NamespacesOf;
}

/** Pods by a key and a value of the topology. */
class Pairs {
  readonly #counts = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#counts.size === 0;
  }

  add(node: Node | undefined, key: string, count: number): void {
    const value = node?.metadata.labels?.[key];
    if (value === undefined) return;
    const pair = `${key}=${value}`;
    const sum = (this.#counts.get(pair) ?? 0) + count;
    if (sum > 0) this.#counts.set(pair, sum);
    else this.#counts.delete(pair);
  }

  has(node: Node, key: string): boolean {
    return this.#counts.has(`${key}=${node.metadata.labels?.[key] ?? ''}`);
  }

  hasAny({ metadata: { labels = {} } }: Node): boolean {
    for (const key in labels) if (this.#counts.has(`${key}=${labels[key]}`)) return true;
    return false;
  }
}

export class PodRules {
  readonly #pod: Pod;
  readonly #sight: PodSight;
  readonly #towards: readonly Term[];
  readonly #against: readonly Term[];
  readonly #wanted = new Pairs();
  readonly #shunned = new Pairs();
  /** Where pods in place shun this one. */
  readonly #closed = new Pairs();

  constructor(pod: Pod, sight: PodSight) {
    this.#pod = pod;
    this.#sight = sight;
    this.#towards = towards(pod);
    this.#against = against(pod);
    for (const term of this.#against)
      for (const [node, count] of countsOf(term, sight)) this.#shunned.add(sight.node(node), term.topologyKey, count);
    const together = conjunction(this.#towards, sight.namespacesOf);
    if (together !== undefined)
      for (const [node, count] of countsOf(together, sight))
        for (const term of this.#towards) this.#wanted.add(sight.node(node), term.topologyKey, count);
    for (const { term, effect, nodes } of sight.terms.matching(pod, sight.namespacesOf))
      if (effect === 'keeps away')
        for (const [node, count] of nodes) this.#closed.add(sight.node(node), term.topologyKey, count);
  }

  refusal(node: Node): { readonly reason: string; readonly curable: boolean } | undefined {
    if (!this.#isWanted(node)) return { reason: "node(s) didn't match pod affinity rules", curable: false };
    if (this.#against.some(({ topologyKey }) => this.#shunned.has(node, topologyKey)))
      return { reason: "node(s) didn't match pod anti-affinity rules", curable: true };
    if (!this.#closed.isEmpty && this.#closed.hasAny(node))
      return { reason: "node(s) didn't satisfy existing pods anti-affinity rules", curable: true };
    return undefined;
  }

  /** As if another pod had come to the node, or gone. */
  shift(other: Pod, node: Node, sign: 1 | -1): void {
    const { namespacesOf } = this.#sight;
    for (const term of this.#against)
      if (matches(term, other, namespacesOf)) this.#shunned.add(node, term.topologyKey, sign);
    if (this.#towards.length > 0 && this.#towards.every((term) => matches(term, other, namespacesOf)))
      for (const term of this.#towards) this.#wanted.add(node, term.topologyKey, sign);
    for (const term of against(other))
      if (matches(term, this.#pod, namespacesOf)) this.#closed.add(node, term.topologyKey, sign);
  }

  /** The first of pods that want to be near one another may go anywhere. */
  #isWanted(node: Node): boolean {
    if (this.#towards.some(({ topologyKey }) => node.metadata.labels?.[topologyKey] === undefined)) return false;
    if (this.#towards.every(({ topologyKey }) => this.#wanted.has(node, topologyKey))) return true;
    return this.#wanted.isEmpty && this.#towards.every((term) => matches(term, this.#pod, this.#sight.namespacesOf));
  }
}

/** Pods by node that the term selects. */
export function* countsOf(term: Term, sight: PodSight): Iterable<readonly [node: string, count: number]> {
  if (term.selector === undefined) return;
  for (const namespace of placesOf(term, sight.namespacesOf)) yield* sight.counts.of(namespace, term.selector, 'all');
}

/** One term that selects what all of them select. */
function conjunction(terms: readonly Term[], namespacesOf: NamespacesOf): Term | undefined {
  const [first, ...others] = terms;
  if (first === undefined || others.length === 0) return first;
  if (terms.some(({ selector }) => selector === undefined)) return undefined;
  const namespaces = placesOf(first, namespacesOf).filter((name) =>
    others.every((term) => placesOf(term, namespacesOf).includes(name)),
  );
  const selector: LabelSelector = {
    ...first.selector,
    matchExpressions: [
      ...(first.selector?.matchExpressions ?? []),
      ...others.flatMap(({ selector: { matchLabels = {}, matchExpressions = [] } = {} }) => [
        ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: 'In' as const, values: [value] })),
        ...matchExpressions,
      ]),
    ],
  };
  return { ...first, selector, namespaces, namespaceSelector: undefined };
}

/**
 * What the pods on the nodes say of pods that come: required anti-affinity keeps them away, and preferences weigh.
 * Equal terms (those of a workload's replicas) are one entry, so that a pod that comes meets few.
 */
import { equalJson } from '../machinery/json.ts';
import { SelectorIndex } from '../runtime/selectors.ts';
import type { Pod } from '../runtime/shapes.ts';
import { against, matches, type NamespacesOf, preferences, type Term, towards } from './affinity-terms.ts';
import { homeOf } from './pod-counts.ts';

export interface PlacedTerm {
  readonly term: Term;
  /** `keeps away`: nothing that matches may come into the same topology. A number: so much it weighs. */
  readonly effect: 'keeps away' | number;
  /** How many pods with this term are on each node. */
  readonly nodes: ReadonlyMap<string, number>;
}

interface Entry extends PlacedTerm {
  readonly nodes: Map<string, number>;
}

/** What required affinity of a pod in place weighs for one that comes: kube-scheduler's hardPodAffinityWeight. */
const REQUIRED_WEIGHT = 1;

export function termsOf(pod: Pod): readonly (readonly [Term, PlacedTerm['effect']])[] {
  if (pod.spec.affinity?.podAffinity === undefined && pod.spec.affinity?.podAntiAffinity === undefined) return [];
  return [
    ...against(pod).map((term) => [term, 'keeps away'] as const),
    ...towards(pod).map((term) => [term, REQUIRED_WEIGHT] as const),
    ...preferences(pod).map((term) => [term, term.weight] as const),
  ];
}

export class PlacedTerms {
  readonly #entries = new Map<string, Entry>();
  readonly #index = new SelectorIndex();
  /** Terms that choose namespaces by labels: these may change, so each pod that comes is held against them. */
  readonly #wide = new Set<string>();

  update(before: Pod | undefined, after: Pod | undefined): void {
    const [from, to] = [homeOf(before), homeOf(after)];
    if (from === to && equalJson(before?.spec.affinity, after?.spec.affinity)) return;
    if (before !== undefined && from !== undefined) for (const each of termsOf(before)) this.#add(each, from, -1);
    if (after !== undefined && to !== undefined) for (const each of termsOf(after)) this.#add(each, to, 1);
  }

  /** The terms that select the pod. */
  matching(pod: Pod, namespacesOf: NamespacesOf): readonly PlacedTerm[] {
    if (this.#entries.size === 0) return [];
    const found = new Set(this.#index.matching(pod).map((id) => id.slice(id.indexOf('|') + 1)));
    for (const key of this.#wide) {
      const entry = this.#entries.get(key);
      if (entry !== undefined && matches(entry.term, pod, namespacesOf)) found.add(key);
    }
    return [...found].flatMap((key) => this.#entries.get(key) ?? []);
  }

  #add([term, effect]: readonly [Term, PlacedTerm['effect']], node: string, sign: 1 | -1): void {
    const key = JSON.stringify([effect, term]);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      if (sign < 0) return;
      entry = { term, effect, nodes: new Map() };
      this.#entries.set(key, entry);
      this.#listed(key, term, 'in');
    }
    const count = (entry.nodes.get(node) ?? 0) + sign;
    if (count > 0) entry.nodes.set(node, count);
    else entry.nodes.delete(node);
    if (entry.nodes.size > 0) return;
    this.#entries.delete(key);
    this.#listed(key, term, 'out');
  }

  #listed(key: string, { selector, namespaces, namespaceSelector }: Term, way: 'in' | 'out'): void {
    if (selector === undefined) return;
    if (namespaceSelector !== undefined) {
      if (way === 'in') this.#wide.add(key);
      else this.#wide.delete(key);
      return;
    }
    for (const namespace of namespaces) {
      const id = `${namespace}|${key}`;
      if (way === 'in') this.#index.set(id, namespace, selector);
      else this.#index.delete(id);
    }
  }
}

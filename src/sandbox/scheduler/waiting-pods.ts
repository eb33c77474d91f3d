/** Pods without a node: those that are due, by priority, and those that wait for a change. */
import { SelectorIndex } from '../runtime/selectors.ts';
import type { Pod } from '../runtime/shapes.ts';
import { against, towards } from './affinity-terms.ts';
import { priorityOf } from './pod-requests.ts';
import { claimsOf } from './volume-bindings.ts';

/** Of equal priority the first comes first. */
export class DuePods {
  readonly #keys = new Map<number, Set<string>>();

  add(key: string, priority: number): void {
    const line = this.#keys.get(priority);
    if (line === undefined) this.#keys.set(priority, new Set([key]));
    else line.add(key);
  }

  /** Takes out the next one. */
  next(): string | undefined {
    if (this.#keys.size === 0) return undefined;
    const highest = Math.max(...this.#keys.keys());
    const line = this.#keys.get(highest) ?? new Set();
    const [first] = line;
    if (first !== undefined) line.delete(first);
    if (line.size === 0) this.#keys.delete(highest);
    return first;
  }
}

/** Pods that fit nowhere, with the other pods whose coming, going or change of labels could help. */
export class StuckPods {
  readonly #keys = new Set<string>();
  readonly #index = new SelectorIndex();
  /** Keys of pods with rules over namespaces that labels choose: any pod may matter to them. */
  readonly #wide = new Set<string>();
  readonly #rules = new Map<string, readonly string[]>();
  /** Keys of pods with volumes, by the claims (`namespace/name`) that they use. */
  readonly #claims = new Map<string, Set<string>>();

  has(key: string): boolean {
    return this.#keys.has(key);
  }

  add(key: string, pod: Pod): void {
    this.delete(key);
    this.#keys.add(key);
    const ids: string[] = [];
    const listed = (namespace: string, selector: Parameters<SelectorIndex['set']>[2]): void => {
      const id = `${ids.length}|${key}`;
      ids.push(id);
      this.#index.set(id, namespace, selector);
    };
    for (const { selector, namespaces, namespaceSelector } of [...towards(pod), ...against(pod)]) {
      if (namespaceSelector !== undefined) this.#wide.add(key);
      if (selector !== undefined) for (const namespace of namespaces) listed(namespace, selector);
    }
    for (const { labelSelector } of pod.spec.topologySpreadConstraints ?? [])
      if (labelSelector !== undefined) listed(pod.metadata.namespace ?? '', labelSelector);
    if (ids.length > 0) this.#rules.set(key, ids);
    for (const name of claimsOf(pod)) {
      const claim = `${pod.metadata.namespace ?? ''}/${name}`;
      const users = this.#claims.get(claim);
      if (users === undefined) this.#claims.set(claim, new Set([key]));
      else users.add(key);
    }
  }

  delete(key: string): void {
    if (!this.#keys.delete(key)) return;
    this.#wide.delete(key);
    for (const id of this.#rules.get(key) ?? []) this.#index.delete(id);
    this.#rules.delete(key);
    for (const [claim, users] of this.#claims) {
      users.delete(key);
      if (users.size === 0) this.#claims.delete(claim);
    }
  }

  /** Takes out all. */
  takeAll(): readonly string[] {
    return this.#take(this.#keys);
  }

  /** Takes out those that have a rule about this pod. */
  takeAffected(pod: Pod): readonly string[] {
    if (this.#rules.size + this.#wide.size === 0) return [];
    const affected = this.#index.matching(pod).map((id) => id.slice(id.indexOf('|') + 1));
    return this.#take(new Set([...affected, ...this.#wide]));
  }

  /** Takes out those that use the claim; without one, those that use any. */
  takeWithClaim(claim?: string): readonly string[] {
    if (claim !== undefined) return this.#take(this.#claims.get(claim) ?? []);
    return this.#take(new Set([...this.#claims.values()].flatMap((users) => [...users])));
  }

  #take(keys: Iterable<string>): readonly string[] {
    const taken = [...keys];
    for (const key of taken) this.delete(key);
    return taken;
  }
}

/** Pods that were promised a node, from which others are going. */
export class Nominations {
  readonly #byNode = new Map<string, Map<string, Pod>>();
  readonly #nodeOf = new Map<string, string>();

  get isEmpty(): boolean {
    return this.#byNode.size === 0;
  }

  set(key: string, pod: Pod, node: string | undefined): void {
    if (node === undefined && this.#nodeOf.size === 0) return;
    const before = this.#nodeOf.get(key);
    if (before !== undefined && before !== node) {
      const there = this.#byNode.get(before);
      there?.delete(key);
      if (there?.size === 0) this.#byNode.delete(before);
      this.#nodeOf.delete(key);
    }
    if (node === undefined) return;
    this.#nodeOf.set(key, node);
    const there = this.#byNode.get(node);
    if (there === undefined) this.#byNode.set(node, new Map([[key, pod]]));
    else there.set(key, pod);
  }

  /** Without the pod itself. */
  atLeast(node: string, pod: Pod): readonly Pod[] {
    const there = this.#byNode.get(node);
    if (there === undefined) return [];
    return [...there.values()].filter(
      (other) => other.metadata.uid !== pod.metadata.uid && priorityOf(other) >= priorityOf(pod),
    );
  }

  below(node: string, pod: Pod): readonly Pod[] {
    return [...(this.#byNode.get(node)?.values() ?? [])].filter((other) => priorityOf(other) < priorityOf(pod));
  }
}

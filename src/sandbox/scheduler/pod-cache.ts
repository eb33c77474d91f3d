/**
 * Which pod takes room where, as far as the scheduler knows: pods on nodes, and pods that have a place while their
 * volumes come. Pods that come later must see both.
 */
import { type Context, keyOf } from '../runtime/context.ts';
import { PODS } from '../runtime/resources.ts';
import type { Pod } from '../runtime/shapes.ts';
import { NodeUsages } from './node-usage.ts';
import { PlacedTerms } from './placed-terms.ts';
import { isMoved, PodCounts } from './pod-counts.ts';

interface Assumed {
  readonly pod: Pod;
  readonly node: string;
  readonly since: number;
}

const onNode = (pod: Pod, node: string): Pod => ({ ...pod, spec: { ...pod.spec, nodeName: node } });

export class PodCache {
  readonly #context: Context;
  readonly usages = new NodeUsages();
  readonly counts: PodCounts;
  readonly terms = new PlacedTerms();
  readonly #assumed = new Map<string, Assumed>();

  constructor(context: Context) {
    this.#context = context;
    this.counts = new PodCounts((namespace) => {
      const pods = context.list(PODS, namespace);
      return this.#assumed.size === 0 ? pods : pods.map((pod) => this.#assumed.get(keyOf(pod))?.pod ?? pod);
    });
  }

  assumed(key: string): Assumed | undefined {
    return this.#assumed.get(key);
  }

  assumedPods(): Iterable<readonly [key: string, pod: Pod]> {
    return [...this.#assumed].map(([key, { pod }]) => [key, pod] as const);
  }

  /** A pod's object changed; `after` is undefined once it is gone. `waits`: it has no node yet, and is to get one. */
  change(old: Pod | undefined, after: Pod | undefined, waits: 'for a node' | 'no more') {
    const pod = after ?? old;
    if (pod === undefined) return { freed: false, moved: false };
    const key = keyOf(pod);
    const assumed = this.#assumed.get(key);
    let now = after;
    if (assumed !== undefined && after !== undefined && waits === 'for a node') {
      now = onNode(after, assumed.node);
      this.#assumed.set(key, { ...assumed, pod: now });
    } else if (assumed !== undefined) this.#assumed.delete(key);
    return this.#move(assumed?.pod ?? old, now);
  }

  assume(pod: Pod, node: string): void {
    const placed = onNode(pod, node);
    this.#assumed.set(keyOf(pod), { pod: placed, node, since: this.#context.now() });
    this.#move(pod, placed);
  }

  /** It does not come to its place after all. */
  forget(pod: Pod): void {
    const assumed = this.#assumed.get(keyOf(pod));
    if (assumed === undefined) return;
    this.#assumed.delete(keyOf(pod));
    this.#move(assumed.pod, pod);
  }

  #move(before: Pod | undefined, after: Pod | undefined) {
    this.counts.update(before, after);
    this.terms.update(before, after);
    const pod = after ?? before;
    const freed = pod !== undefined && this.usages.setPod(pod, after === undefined ? 'deleted' : 'present');
    return { freed, moved: isMoved(before, after) };
  }
}

/**
 * How many pods on each node match a selector, kept by single changes: a pod that asks costs a look at the nodes, not
 * at all pods. https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
 */
import type { LabelSelector } from '../../shapes/kube.ts';
import { equalJson } from '../machinery/json.ts';
import { isPodFinished, isTerminating } from '../runtime/pods.ts';
import { SelectorIndex, selects } from '../runtime/selectors.ts';
import type { Pod } from '../runtime/shapes.ts';

/** Spread constraints do not count pods that are being deleted. */
export type Counted = 'all' | 'staying';

/** Selectors that are kept at once. A cluster has a few for each workload; one that comes back is counted anew. */
const KEPT = 512;

/** Where the pod takes room; undefined while it is on no node, or has ended. */
export const homeOf = (pod: Pod | undefined): string | undefined =>
  pod === undefined || isPodFinished(pod) ? undefined : pod.spec.nodeName;

export class PodCounts {
  readonly #podsIn: (namespace: string) => readonly Pod[];
  #index = new SelectorIndex();
  readonly #counts = new Map<string, Map<string, number>>();

  constructor(podsIn: (namespace: string) => readonly Pod[]) {
    this.#podsIn = podsIn;
  }

  /** By node; nodes without such pods are absent. */
  of(namespace: string, selector: LabelSelector, counted: Counted): ReadonlyMap<string, number> {
    const id = `${counted}|${namespace}|${JSON.stringify(selector)}`;
    const known = this.#counts.get(id);
    if (known !== undefined) return known;
    if (this.#counts.size >= KEPT) {
      this.#counts.clear();
      this.#index = new SelectorIndex();
    }
    const counts = new Map<string, number>();
    for (const pod of this.#podsIn(namespace)) {
      const home = homeOf(pod);
      if (home !== undefined && isCounted(pod, counted) && selects(selector, pod.metadata.labels))
        counts.set(home, (counts.get(home) ?? 0) + 1);
    }
    this.#index.set(id, namespace, selector);
    this.#counts.set(id, counts);
    return counts;
  }

  /** `after` is undefined once the pod is gone. */
  update(before: Pod | undefined, after: Pod | undefined): void {
    if (this.#counts.size === 0 || !isMoved(before, after)) return;
    if (before !== undefined) this.#add(before, -1);
    if (after !== undefined) this.#add(after, 1);
  }

  #add(pod: Pod, sign: 1 | -1): void {
    const home = homeOf(pod);
    if (home === undefined) return;
    for (const id of this.#index.matching(pod)) {
      if (id.startsWith('staying|') && isTerminating(pod)) continue;
      const counts = this.#counts.get(id);
      if (counts === undefined) continue;
      const count = (counts.get(home) ?? 0) + sign;
      if (count > 0) counts.set(home, count);
      else counts.delete(home);
    }
  }
}

const isCounted = (pod: Pod, counted: Counted): boolean => counted === 'all' || !isTerminating(pod);

/** Whether rules about other pods see it in another place, with other labels, or no longer. */
export function isMoved(before: Pod | undefined, after: Pod | undefined): boolean {
  const [from, to] = [homeOf(before), homeOf(after)];
  if (from === undefined && to === undefined) return false;
  if (from !== to || before === undefined || after === undefined) return true;
  return isTerminating(before) !== isTerminating(after) || !sameLabels(before, after);
}

const sameLabels = (a: Pod, b: Pod): boolean =>
  a.metadata.labels === b.metadata.labels || equalJson(a.metadata.labels, b.metadata.labels);

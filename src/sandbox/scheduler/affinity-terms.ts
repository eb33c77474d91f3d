/** The terms of pods about other pods, with the namespaces in which they look. */
import type { LabelSelector } from '../../shapes/kube.ts';
import type { PodAffinity, PodAffinityTerm } from '../runtime/placement-shapes.ts';
import { selects } from '../runtime/selectors.ts';
import type { Pod } from '../runtime/shapes.ts';

export interface Term {
  /** Absent: it selects no pod. */
  readonly selector: LabelSelector | undefined;
  readonly namespaces: readonly string[];
  /** Selects further ones by their labels. */
  readonly namespaceSelector: LabelSelector | undefined;
  readonly topologyKey: string;
}

export interface WeightedTerm extends Term {
  /** Below zero: pods that match push away. */
  readonly weight: number;
}

/** The names of the namespaces that have such labels now. */
export type NamespacesOf = (selector: LabelSelector) => readonly string[];

/** Without namespaces and selector a term looks in the namespace of its own pod. */
function termOf({ labelSelector, namespaces = [], namespaceSelector, topologyKey }: PodAffinityTerm, pod: Pod): Term {
  const own = namespaces.length === 0 && namespaceSelector === undefined;
  return {
    selector: labelSelector,
    namespaces: own ? [pod.metadata.namespace ?? ''] : namespaces,
    namespaceSelector,
    topologyKey,
  };
}

const required = (affinity: PodAffinity | undefined, pod: Pod): readonly Term[] =>
  (affinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).map((term) => termOf(term, pod));

const preferred = (affinity: PodAffinity | undefined, pod: Pod, sign: 1 | -1): readonly WeightedTerm[] =>
  (affinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map(({ weight, podAffinityTerm }) => ({
    ...termOf(podAffinityTerm, pod),
    weight: sign * weight,
  }));

export const towards = (pod: Pod): readonly Term[] => required(pod.spec.affinity?.podAffinity, pod);
export const against = (pod: Pod): readonly Term[] => required(pod.spec.affinity?.podAntiAffinity, pod);
export const preferences = (pod: Pod): readonly WeightedTerm[] => [
  ...preferred(pod.spec.affinity?.podAffinity, pod, 1),
  ...preferred(pod.spec.affinity?.podAntiAffinity, pod, -1),
];

export const placesOf = ({ namespaces, namespaceSelector }: Term, namespacesOf: NamespacesOf): readonly string[] =>
  namespaceSelector === undefined ? namespaces : [...new Set([...namespaces, ...namespacesOf(namespaceSelector)])];

export const matches = (term: Term, pod: Pod, namespacesOf: NamespacesOf): boolean =>
  selects(term.selector, pod.metadata.labels) && placesOf(term, namespacesOf).includes(pod.metadata.namespace ?? '');

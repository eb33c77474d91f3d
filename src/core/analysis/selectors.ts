/**
 * Label selectors and node selectors, as the API server and the scheduler match them.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
 */
import { selectorOf, selects } from '../../api/label-selector.ts';
import type { LabelSelector } from '../../shapes/kube.ts';
import type { NodeObject, NodeSelectorTerm, SelectorRequirement } from './objects.ts';

type Labels = Readonly<Record<string, string>> | undefined;

export const matches = (selector: LabelSelector, labels: Labels): boolean => selects(selectorOf(selector), labels);

/** Nodes are compared by numbers too. */
export function holds({ key, operator, values = [] }: SelectorRequirement, labels: Labels = {}): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
    case 'NotIn':
    case 'Exists':
    case 'DoesNotExist':
      return selects([{ key, operator, values }], labels);
    case 'Gt':
      return value !== undefined && Number(value) > Number(values[0]);
    case 'Lt':
      return value !== undefined && Number(value) < Number(values[0]);
    default:
      // An operator of a version that is newer than this code: nothing is concluded from it.
      return true;
  }
}

/** One term is enough. A term that asks for nothing matches nothing. */
export const matchesNode = (terms: readonly NodeSelectorTerm[], { metadata }: NodeObject): boolean =>
  terms.some(
    ({ matchExpressions = [], matchFields = [] }) =>
      matchExpressions.length + matchFields.length > 0 &&
      matchExpressions.every((one) => holds(one, metadata.labels)) &&
      matchFields.every((one) => holds(one, { 'metadata.name': metadata.name })),
  );

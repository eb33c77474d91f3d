/**
 * Label selectors with the API server's semantics.
 * https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
import { unreachable } from '../std/assert.ts';
import type { LabelSelector, LabelSelectorRequirement } from '../shapes/kube.ts';
import type { PathSegment } from './problem.ts';

export type Labels = Readonly<Record<string, string>>;

/** What a selector asks for, `matchLabels` included. Plain data; an empty one selects everything. */
export type Selector = readonly LabelSelectorRequirement[];

export interface SelectorProblem {
  readonly path: readonly PathSegment[];
  readonly message: string;
}

const NAME = /^[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

/** A qualified name: an optional DNS prefix of up to 253 characters, a slash, a name of up to 63. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/');
  if (slash < 0) return NAME.test(key);
  const prefix = key.slice(0, slash);
  return prefix.length <= 253 && PREFIX.test(prefix) && NAME.test(key.slice(slash + 1));
}

export const isLabelValue = (value: string): boolean => value === '' || NAME.test(value);

function requirementProblem(requirement: LabelSelectorRequirement): SelectorProblem | undefined {
  const { key, operator, values = [] } = requirement;
  if (!isLabelKey(key)) return { path: ['key'], message: `${JSON.stringify(key)} is not a label key` };
  const wantsValues = operator === 'In' || operator === 'NotIn';
  if (wantsValues && values.length === 0)
    return { path: ['values'], message: `must be given for operator ${operator}` };
  if (!wantsValues && values.length > 0)
    return { path: ['values'], message: `must be left out for operator ${operator}` };
  const bad = values.findIndex((value) => !isLabelValue(value));
  return bad < 0
    ? undefined
    : { path: ['values', bad], message: `${JSON.stringify(values[bad])} is not a label value` };
}

export function selectorProblems(selector: LabelSelector): readonly SelectorProblem[] {
  const problems: SelectorProblem[] = [];
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (!isLabelKey(key))
      problems.push({ path: ['matchLabels', key], message: `${JSON.stringify(key)} is not a label key` });
    else if (!isLabelValue(value))
      problems.push({ path: ['matchLabels', key], message: `${JSON.stringify(value)} is not a label value` });
  }
  for (const [index, requirement] of (selector.matchExpressions ?? []).entries()) {
    const problem = requirementProblem(requirement);
    if (problem) problems.push({ path: ['matchExpressions', index, ...problem.path], message: problem.message });
  }
  return problems;
}

const NO_LABELS: Labels = {};

/** Callers check {@link selectorProblems} first. An undefined or empty selector selects everything. */
export function selectorOf(selector: LabelSelector | undefined): Selector {
  const exact = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: 'In' as const,
    values: [value],
  }));
  return [...exact, ...(selector?.matchExpressions ?? [])];
}

export const selects = (selector: Selector, labels: Labels = NO_LABELS): boolean =>
  selector.every((requirement) => meets(requirement, labels));

function meets({ key, operator, values = [] }: LabelSelectorRequirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value);
    case 'NotIn':
      return value === undefined || !values.includes(value);
    case 'Exists':
      return value !== undefined;
    case 'DoesNotExist':
      return value === undefined;
    default:
      return unreachable(operator);
  }
}

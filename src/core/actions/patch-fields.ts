/**
 * Which fields `patch` may change: what scales, labels and paces a workload, and what the operator's configuration adds
 * to that.
 */
import { ANNOTATIONS, GROUP } from '../../api/names.ts';
import { pointerOf, segmentsOf } from '../../std/json.ts';
import type { Difference } from './field-changes.ts';

const POD_SPECS = ['/spec', '/spec/template/spec', '/spec/jobTemplate/spec/template/spec'];
const METADATA = ['/metadata', '/spec/template/metadata', '/spec/jobTemplate/spec/template/metadata'];
const CONTAINERS = ['containers', 'initContainers'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const TIMINGS = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'failureThreshold', 'successThreshold'];

/** JSON pointers; `*` stands for one segment, `**` at the end for all below. */
const ALLOWED: readonly string[] = [
  '/spec/replicas',
  ...METADATA.flatMap((metadata) => [`${metadata}/labels/*`, `${metadata}/annotations/*`]),
  ...POD_SPECS.flatMap((spec) => CONTAINERS.map((list) => `${spec}/${list}/*`)).flatMap((container) => [
    `${container}/resources/**`,
    ...PROBES.flatMap((probe) => TIMINGS.map((timing) => `${container}/${probe}/${timing}`)),
  ]),
];

/** The values of a Secret would stand in the action's status: only its labels and annotations may change. */
const ON_SECRETS: readonly string[] = ['/metadata/labels/*', '/metadata/annotations/*'];

export function mayChange(kind: string, path: readonly string[], patchFields: readonly string[]): boolean {
  const allowed = kind === 'Secret' ? ON_SECRETS : [...ALLOWED, ...patchFields];
  return allowed.some((pattern) => matches(segmentsOf(pattern), path));
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const deep = pattern.at(-1) === '**';
  const fixed = deep ? pattern.slice(0, -1) : pattern;
  if (deep ? path.length < fixed.length : path.length !== fixed.length) return false;
  return fixed.every((segment, index) => segment === '*' || segment === path[index]);
}

/** A mark of our own that somebody set (protection above all): no action sets or removes one. */
export const ownMark = ({ path }: Difference): boolean => {
  const key = path.at(-1) ?? '';
  return (
    ['labels', 'annotations'].includes(path.at(-2) ?? '') && key.startsWith(`${GROUP}/`) && key !== ANNOTATIONS.attempt
  );
};

export const listOf = (differences: readonly Difference[]): string => {
  const names = differences.map(({ path }) => pointerOf(path));
  // Five tell a person which part of the patch it is.
  return `${names.slice(0, 5).join(', ')}${names.length > 5 ? ` and ${names.length - 5} more` : ''}`;
};

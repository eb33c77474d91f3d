/**
 * Which fields `patch` may change: what scales, labels and paces a workload, and what the operator's configuration adds
 * to that.
 */
import { ANNOTATIONS, GROUP } from '../../api/names.ts';
import { pointerOf } from '../../std/json.ts';
import type { Difference } from './field-changes.ts';

const POD_SPECS = ['/spec', '/spec/template/spec', '/spec/jobTemplate/spec/template/spec'];
const METADATA = ['/metadata', '/spec/template/metadata', '/spec/jobTemplate/spec/template/metadata'];
const CONTAINERS = ['containers', 'initContainers'];
const PROBES = ['livenessProbe', 'readinessProbe', 'startupProbe'];
const TIMINGS = ['initialDelaySeconds', 'periodSeconds', 'timeoutSeconds', 'failureThreshold', 'successThreshold'];

/** JSON pointers, as `coversField` reads them. */
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

export const patchableFields = (kind: string, patchFields: readonly string[]): readonly string[] =>
  kind === 'Secret' ? ON_SECRETS : [...ALLOWED, ...patchFields];

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

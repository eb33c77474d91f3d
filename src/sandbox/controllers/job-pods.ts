/**
 * What a Job makes of its pods: counts, back-off, completion indexes.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp } from '../../std/clock.ts';
import { isPodReady, isTerminating } from '../runtime/pods.ts';
import { JOBS } from '../runtime/resources.ts';
import type { Container, Job, Pod } from '../runtime/shapes.ts';
import { makePod } from './make-pod.ts';

export const TRACKING = 'batch.kubernetes.io/job-tracking';
export const INDEX = 'batch.kubernetes.io/job-completion-index';

/**
 * Delay after the n-th failure in a row: 10 s, doubled, at most 10 minutes. (DefaultJobPodFailureBackOff,
 * MaxJobPodFailureBackOff)
 */
const BACKOFF_BASE_MS = 10_000;
const BACKOFF_MAX_MS = 600_000;

export const isTracked = (pod: Pod): boolean => pod.metadata.finalizers?.includes(TRACKING) === true;

export const hasFailed = (job: Job, pod: Pod): boolean =>
  pod.status?.phase === 'Failed' ||
  (job.spec.podReplacementPolicy !== 'Failed' && isTerminating(pod) && pod.status?.phase !== 'Succeeded');

export interface Tally {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  /** Finished and not yet counted in the Job's status. */
  readonly succeeded: readonly Pod[];
  readonly failed: readonly Pod[];
}

export function tally(job: Job, pods: readonly Pod[]): Tally {
  const active = pods.filter(
    (pod) => !isTerminating(pod) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
  );
  return {
    active,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(
      (pod) => isTerminating(pod) && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed',
    ).length,
    succeeded: pods.filter((pod) => isTracked(pod) && pod.status?.phase === 'Succeeded'),
    failed: pods.filter((pod) => isTracked(pod) && hasFailed(job, pod)),
  };
}

function finishedAt(pod: Pod): number {
  let latest = 0;
  for (const status of pod.status?.containerStatuses ?? [])
    latest = Math.max(latest, fromTimestamp(status.state?.terminated?.finishedAt) ?? 0);
  return latest || fromTimestamp(pod.metadata.deletionTimestamp) || fromTimestamp(pod.metadata.creationTimestamp) || 0;
}

/** Until when no new pod is made: counts the failures since the last success. */
export function backoffUntil(job: Job, pods: readonly Pod[]): number {
  const failures = pods.filter((pod) => hasFailed(job, pod)).map(finishedAt);
  const lastSuccess = Math.max(0, ...pods.filter((pod) => pod.status?.phase === 'Succeeded').map(finishedAt));
  const since = failures.filter((at) => at >= lastSuccess);
  if (since.length === 0) return 0;
  return Math.max(...since) + Math.min(BACKOFF_MAX_MS, BACKOFF_BASE_MS * 2 ** (since.length - 1));
}

/** Restarts inside pods that still run count against backoffLimit when the kubelet restarts containers. */
export function restartsInPlace(job: Job, active: readonly Pod[]): number {
  if (job.spec.template.spec.restartPolicy !== 'OnFailure') return 0;
  let restarts = 0;
  for (const pod of active)
    for (const status of [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])])
      restarts += status.restartCount;
  return restarts;
}

/** `0,2-4` from the numbers. */
export function formatIndexes(indexes: Iterable<number>): string {
  const sorted = [...new Set(indexes)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length; i++) {
    const first = sorted[i] as number;
    let last = first;
    while (sorted[i + 1] === last + 1) last = sorted[++i] as number;
    // Two in a row are listed, three make a range.
    ranges.push(last === first ? `${first}` : last === first + 1 ? `${first},${last}` : `${first}-${last}`);
  }
  return ranges.join(',');
}

export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (match === null) continue;
    for (let index = Number(match[1]); index <= Number(match[2] ?? match[1]); index++) indexes.add(index);
  }
  return indexes;
}

export function indexOf(pod: Pod): number | undefined {
  const text = pod.metadata.annotations?.[INDEX];
  return text === undefined ? undefined : Number(text);
}

export function jobPod(
  job: Job,
  index: number | undefined,
  annotations: Readonly<Record<string, string>> = {},
): KubeObject {
  const { template } = job.spec;
  const { name } = job.metadata;
  const common = { owner: job, ownerKind: JOBS, template, finalizers: [TRACKING] };
  if (index === undefined) return makePod({ ...common, generateName: `${name}-` });
  const variable = {
    name: 'JOB_COMPLETION_INDEX',
    valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath: `metadata.labels['${INDEX}']` } },
  };
  const withIndex = (containers: readonly Container[]): readonly unknown[] =>
    containers.map((container) => ({ ...container, env: [...envOf(container), variable] }));
  return makePod({
    ...common,
    generateName: `${name}-${index}-`,
    labels: { [INDEX]: String(index) },
    annotations: { [INDEX]: String(index), ...annotations },
    spec: {
      hostname: `${name}-${index}`,
      containers: withIndex(template.spec.containers),
      ...(template.spec.initContainers === undefined
        ? {}
        : { initContainers: withIndex(template.spec.initContainers) }),
    },
  });
}

function envOf(container: Container): readonly unknown[] {
  const env: unknown = Reflect.get(container, 'env');
  return Array.isArray(env) ? env : [];
}

/**
 * What a Job makes of pods that failed, and when some successes are enough: podFailurePolicy, backoffLimitPerIndex,
 * successPolicy.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/
 */
import type { ContainerStatus, Job, Pod } from '../runtime/shapes.ts';
import { indexOf, parseIndexes } from './job-pods.ts';

/** How often pods of the index had failed when this one was made. */
export const FAILURES = 'batch.kubernetes.io/job-index-failure-count';
const OWN_CONTROLLER = 'kubernetes.io/job-controller';

/** Another controller looks after the Job. */
export const isManagedElsewhere = ({ spec }: Job): boolean =>
  spec.managedBy !== undefined && spec.managedBy !== OWN_CONTROLLER;

type PodFailurePolicy = NonNullable<Job['spec']['podFailurePolicy']>;
type Rule = PodFailurePolicy['rules'][number];

function exitOf(rule: Rule, pod: Pod): ContainerStatus | undefined {
  const { onExitCodes } = rule;
  if (!onExitCodes) return undefined;
  const { containerName, operator, values } = onExitCodes;
  return [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find(
    ({ name, state }) => {
      const code = state?.terminated?.exitCode ?? 0;
      if (code === 0 || (containerName !== undefined && containerName !== name)) return false;
      return values.includes(code) === (operator === 'In');
    },
  );
}

interface Match {
  readonly action: Rule['action'];
  readonly message: string;
}

/** The first rule that speaks of this failure. */
export function failureRule({ spec }: Job, pod: Pod): Match | undefined {
  const place = `${pod.metadata.namespace ?? ''}/${pod.metadata.name}`;
  for (const [index, rule] of (spec.podFailurePolicy?.rules ?? []).entries()) {
    const { action } = rule;
    const matching = `matching ${action} rule at index ${index}`;
    const exit = exitOf(rule, pod);
    if (exit) {
      const code = exit.state?.terminated?.exitCode ?? 0;
      return { action, message: `Container ${exit.name} for pod ${place} failed with exit code ${code} ${matching}` };
    }
    const condition = rule.onPodConditions?.find(({ type, status = 'True' }) =>
      pod.status?.conditions?.some((each) => each.type === type && each.status === status),
    );
    if (condition) return { action, message: `Pod ${place} has condition ${condition.type} ${matching}` };
  }
  return undefined;
}

export const failuresBefore = (pod: Pod): number => Number(pod.metadata.annotations?.[FAILURES] ?? 0);

/** Indexes that get no further pod. */
export function failedIndexes(job: Job, failed: readonly Pod[]): Set<number> {
  const indexes = parseIndexes(job.status?.failedIndexes);
  const limit = job.spec.backoffLimitPerIndex;
  if (limit === undefined) return indexes;
  for (const pod of failed) {
    const index = indexOf(pod);
    if (index !== undefined && (failuresBefore(pod) >= limit || failureRule(job, pod)?.action === 'FailIndex'))
      indexes.add(index);
  }
  return indexes;
}

/** Which rule of the success policy holds; undefined: none. */
export function successRule({ spec }: Job, succeeded: ReadonlySet<number>): number | undefined {
  const found = (spec.successPolicy?.rules ?? []).findIndex(({ succeededIndexes, succeededCount }) => {
    const asked = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes);
    const have = asked === undefined ? succeeded.size : [...asked].filter((index) => succeeded.has(index)).length;
    return have >= (succeededCount ?? asked?.size ?? 0);
  });
  return found < 0 ? undefined : found;
}

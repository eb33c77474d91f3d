/**
 * What has come to its end. It is not sick, whatever its conditions say: a pod that has completed is not ready, and
 * three finished Jobs are no mass failure (I42).
 * https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#terminal-job-conditions
 */
import type { Condition, KubeObject } from '../shapes/kube.ts';

export type Ending = 'well' | 'badly';

/** Undefined: it has not ended, or is of a kind that never does. */
export function endingOf(object: KubeObject): Ending | undefined {
  const { phase, conditions = [] } = (object['status'] ?? {}) as {
    readonly phase?: string;
    readonly conditions?: readonly Condition[];
  };
  const holds = (type: string): boolean => conditions.some((one) => one.type === type && one.status === 'True');
  switch (object.kind) {
    case 'Pod':
      return phase === 'Succeeded' ? 'well' : phase === 'Failed' ? 'badly' : undefined;
    case 'Job':
      return holds('Complete') ? 'well' : holds('Failed') ? 'badly' : undefined;
    default:
      return undefined;
  }
}

/** For people. */
export const sayEnding = (ending: Ending): string =>
  ending === 'well' ? 'has come to its end' : 'has failed for good';

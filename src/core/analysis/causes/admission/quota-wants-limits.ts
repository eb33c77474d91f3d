import type { Cures } from '../../finding.ts';
import { refusalOfPods, nameOf } from './refusal.ts';

const CURES: Cures = {
  fits: ['patch', 'resize', 'rollback'],
  pointless: ['scale'],
  harmful: ['restart', 'delete', 'drain'],
};

/**
 * `failed quota: compute: must specify limits.cpu for: main; limits.memory for: main`, and before 1.23 without names.
 * https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/quota/v1/evaluator/core/pods.go
 */
export const quotaWantsLimits = {
  ...refusalOfPods({
    message: /failed quota: ([^:]+): must specify ([a-z0-9./,-]+)/,
    means: 'A quota of the namespace limits a resource, and the pods do not say how much of it they take.',
    todo: 'Set the request or the limit in the template, or give the namespace a LimitRange with a default.',
    when: 'A controller that lacks pods says FailedCreate with "failed quota: …: must specify".',
    found: (workload, [quota = '', resource = ''], snapshot) => ({
      text: `Pods of ${nameOf(workload, snapshot)} are refused: quota ${quota} wants ${resource} of every container.`,
    }),
  }),
  cures: CURES,
};

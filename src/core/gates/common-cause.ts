import { ALLOW, type Gate, refuse } from './proposal.ts';

/** Many workloads fail together, over policies and namespaces: the cause lies in none of them. */
export const commonCause: Gate = {
  reason: 'CommonCause',
  check: ({ policy, commonCause: shared }) =>
    policy === undefined || shared === undefined ? ALLOW : refuse('CommonCause', shared),
  passed: ({ policy }) =>
    policy === undefined
      ? 'an action that a person made waits for no common cause to end'
      : 'no large part of the watched workloads began to fail together',
};

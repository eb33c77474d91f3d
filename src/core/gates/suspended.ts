import { ALLOW, type Gate, refuse } from './proposal.ts';

/** The policy is suspended, or somebody threw the kill switch. */
export const suspended: Gate = {
  reason: 'Suspended',
  check: ({ paused, policy }) => {
    if (paused !== undefined) return refuse('Suspended', paused);
    if (policy?.suspended)
      return refuse('Suspended', `policy ${policy.namespace}/${policy.name} has spec.suspend: true`);
    return ALLOW;
  },
};

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
  passed: ({ policy }) =>
    policy === undefined ? 'the kill switch is not thrown' : 'spec.suspend is false, and the kill switch is not thrown',
};

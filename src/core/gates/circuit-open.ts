import { breakerOf, isActive } from '../history.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';

/**
 * The policy's actions keep failing: 5 in a row open the breaker for 5 min, then one may try, and 2 successes close it
 * (I21).
 */
export const circuitOpen: Gate = {
  reason: 'CircuitOpen',
  check: ({ policy, history }, now) => {
    if (policy === undefined) return ALLOW;
    const own = history.filter((action) => action.policyUid === policy.uid);
    const breaker = breakerOf(own, now);
    if (breaker.state === 'open')
      return refuse(
        'CircuitOpen',
        `policy ${policy.namespace}/${policy.name}: ${breaker.failures} actions failed in a row`,
        breaker.until,
      );
    if (breaker.state === 'half-open' && own.some(isActive))
      return refuse(
        'CircuitOpen',
        `policy ${policy.namespace}/${policy.name}: half-open, and one action is trying already`,
      );
    return ALLOW;
  },
};

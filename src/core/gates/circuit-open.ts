import { counted } from '../../std/counted.ts';
import type { Instant } from '../../std/clock.ts';
import { BREAKER_FAILURES, breakerOf, isActive, isOfPolicy, type PastAction } from '../history.ts';
import { ALLOW, type Gate, type ProposalPolicy, refuse } from './proposal.ts';

/**
 * The policy's actions keep failing: 5 in a row open the breaker for 5 min, then one may try, and 2 successes close it
 * (I21).
 */
export const circuitOpen: Gate = {
  reason: 'CircuitOpen',
  check: ({ policy, history }, now) => {
    if (policy === undefined) return ALLOW;
    const { breaker, own, what } = breakerNow(policy, history, now);
    if (breaker.state === 'open') return refuse('CircuitOpen', sayOpen(what, breaker.failures), breaker.until);
    if (breaker.state === 'half-open' && own.some(isActive))
      return refuse('CircuitOpen', `${what}: half-open, and one action is trying already`);
    return ALLOW;
  },
  passed: ({ policy, history }, now) => {
    if (policy === undefined) return 'an action that a person made has no breaker';
    const { breaker, what } = breakerNow(policy, history, now);
    if (breaker.state === 'half-open')
      return `${what}: half-open after ${BREAKER_FAILURES} failures, and no other action is trying`;
    return `${what}: ${breaker.failures} of ${BREAKER_FAILURES} failures in a row`;
  },
};

type PolicyName = Pick<ProposalPolicy, 'uid' | 'namespace' | 'name'>;

/** Why every action of the policy is held back, and until when; undefined: its breaker lets one try. */
export function openCircuit(
  policy: PolicyName,
  history: readonly PastAction[],
  now: Instant,
): { readonly message: string; readonly until: Instant } | undefined {
  const { breaker, what } = breakerNow(policy, history, now);
  return breaker.state === 'open' ? { message: sayOpen(what, breaker.failures), until: breaker.until } : undefined;
}

const sayOpen = (what: string, failures: number): string => `${what}: ${counted(failures, 'action')} failed in a row`;

function breakerNow(policy: PolicyName, history: readonly PastAction[], now: Instant) {
  const own = history.filter((action) => isOfPolicy(action, policy));
  return { breaker: breakerOf(own, now), own, what: `policy ${policy.namespace}/${policy.name}` };
}

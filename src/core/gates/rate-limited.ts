import { countInLastHour, isActive, isOfPolicy, placeFreeAt, type PastAction, takesPlace } from '../history.ts';
import type { Instant } from '../../std/clock.ts';
import { ALLOW, beforeLeap, type Gate, namespaceOf, type Proposal, refuse, shareOf } from './proposal.ts';

/**
 * Actions in the last sliding hour, of the policy, of the namespace and of the whole operator. What runs counts,
 * finished or not (I18).
 */
export const rateLimited: Gate = {
  reason: 'RateLimited',
  check: (proposal, now) => {
    const spent = limitsOf(proposal, now).find(({ count, max }) => count >= max);
    if (spent === undefined) return ALLOW;
    const { leapMs = 0 } = proposal.limits;
    return refuse('RateLimited', `${inWords(spent)} in the last hour`, retry(spent.freeAt + leapMs));
  },
  passed: (proposal, now) => `${limitsOf(proposal, now).map(inWords).join('; ')} in the last hour`,
};

interface Limit {
  readonly whose: string;
  readonly count: number;
  readonly freeAt: Instant;
  readonly max: number;
}

function limitsOf(proposal: Proposal, at: Instant): readonly Limit[] {
  const { policy, limits, history } = proposal;
  const now = beforeLeap(limits, at);
  const placed = history.filter((action) => !isActive(action) || takesPlace(action, at));
  const namespace = namespaceOf(proposal);
  const there = placed.filter((action) => action.namespace === namespace);
  const max = limits.maxActionsPerHour;
  const all = [
    { whose: 'operator', ...shared(placed, now), max },
    { whose: `namespace ${namespace}`, ...shared(there, now), max: shareOf(limits, max) },
  ];
  if (policy === undefined) return all;
  const own = countInLastHour(
    history.filter((action) => isOfPolicy(action, policy)),
    now,
  );
  const { name, safety } = policy;
  return [{ whose: `policy ${policy.namespace}/${name}`, ...own, max: safety.maxActionsPerHour }, ...all];
}

/** A proposal that is not claimed gives its place back by itself. */
function shared(placed: readonly PastAction[], now: Instant): { readonly count: number; readonly freeAt: Instant } {
  const { count, freeAt } = countInLastHour(placed, now);
  return { count, freeAt: Math.min(freeAt, ...placed.filter(isActive).map(placeFreeAt)) };
}

const inWords = ({ whose, count, max }: Limit): string => `${whose}: ${count} of ${max} actions`;

/** With everything in flight the hour has not begun to run out; a finished action will bring the next look. */
const retry = (freeAt: number): number | undefined => (Number.isFinite(freeAt) ? freeAt : undefined);

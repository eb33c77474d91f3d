import { countInLastHour } from '../history.ts';
import type { Instant } from '../../std/clock.ts';
import { ALLOW, type Gate, type Proposal, refuse } from './proposal.ts';

/**
 * Actions in the last sliding hour, of the policy and of the whole operator. What runs counts, finished or not (I18).
 */
export const rateLimited: Gate = {
  reason: 'RateLimited',
  check: (proposal, now) => {
    const spent = limitsOf(proposal, now).find(({ count, max }) => count >= max);
    if (spent === undefined) return ALLOW;
    return refuse('RateLimited', `${inWords(spent)} in the last hour`, retry(spent.freeAt));
  },
  passed: (proposal, now) => `${limitsOf(proposal, now).map(inWords).join('; ')} in the last hour`,
};

interface Limit {
  readonly whose: string;
  readonly count: number;
  readonly freeAt: Instant;
  readonly max: number;
}

function limitsOf({ policy, limits, history }: Proposal, now: Instant): readonly Limit[] {
  const all = { whose: 'operator', ...countInLastHour(history, now), max: limits.maxActionsPerHour };
  if (policy === undefined) return [all];
  const own = countInLastHour(
    history.filter((action) => action.policyUid === policy.uid),
    now,
  );
  const { name, namespace, safety } = policy;
  return [{ whose: `policy ${namespace}/${name}`, ...own, max: safety.maxActionsPerHour }, all];
}

const inWords = ({ whose, count, max }: Limit): string => `${whose}: ${count} of ${max} actions`;

/** With everything in flight the hour has not begun to run out; a finished action will bring the next look. */
const retry = (freeAt: number): number | undefined => (Number.isFinite(freeAt) ? freeAt : undefined);

import { countInLastHour } from '../history.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';

/**
 * Actions in the last sliding hour, of the policy and of the whole operator. What runs counts, finished or not (I18).
 */
export const rateLimited: Gate = {
  reason: 'RateLimited',
  check: ({ policy, limits, history }, now) => {
    if (policy !== undefined) {
      const own = history.filter((action) => action.policyUid === policy.uid);
      const { count, freeAt } = countInLastHour(own, now);
      const max = policy.safety.maxActionsPerHour;
      if (count >= max)
        return refuse(
          'RateLimited',
          `policy ${policy.namespace}/${policy.name}: ${count} of ${max} actions in the last hour`,
          retry(freeAt),
        );
    }
    const { count, freeAt } = countInLastHour(history, now);
    if (count >= limits.maxActionsPerHour)
      return refuse(
        'RateLimited',
        `operator: ${count} of ${limits.maxActionsPerHour} actions in the last hour`,
        retry(freeAt),
      );
    return ALLOW;
  },
};

/** With everything in flight the hour has not begun to run out; a finished action will bring the next look. */
const retry = (freeAt: number): number | undefined => (Number.isFinite(freeAt) ? freeAt : undefined);

import type { MaxUnhealthy } from '../../api/policy.ts';
import { ALLOW, type Gate, type Population, refuse } from './proposal.ts';

/** Below this many matched targets a share says nothing. */
const MIN_TARGETS = 3;

/**
 * How many targets may be in trouble at once. Rounded down, but one failure among three or more may always be healed
 * (I15).
 */
export const troubleLimit = (maxUnhealthy: MaxUnhealthy, matched: number): number =>
  Math.max(1, maxUnhealthy.kind === 'count' ? maxUnhealthy.count : Math.floor((maxUnhealthy.percent * matched) / 100));

/** The figures when too much is in trouble at once, else undefined. */
export function massFailureOf(population: Population, maxUnhealthy: MaxUnhealthy): string | undefined {
  if (population.matched < MIN_TARGETS) return undefined;
  const limit = troubleLimit(maxUnhealthy, population.matched);
  if (population.troubled <= limit) return undefined;
  const { matched, troubled, unhealthy, unknown, healing } = population;
  return `${troubled} of ${matched} targets are unhealthy (${unhealthy}), unknown (${unknown}) or being healed (${healing}); at most ${limit} may be`;
}

/** When much fails at once the cause is elsewhere, and restarting things makes it worse (I15, I16). */
export const massFailure: Gate = {
  reason: 'MassFailure',
  check: ({ policy, population, stoppedUntil }, now) => {
    if (policy === undefined || population === undefined) return ALLOW;
    const figures = massFailureOf(population, policy.safety.maxUnhealthy);
    const stopped = stoppedUntil !== undefined && now < stoppedUntil ? stoppedUntil : undefined;
    // The stop outlasts its cause, so that nothing changes before its end, even when other targets recover.
    if (figures !== undefined) return refuse('MassFailure', figures, stopped);
    if (stopped !== undefined) {
      return refuse('MassFailure', 'a mass failure has just ended; healing resumes after its cool-down', stopped);
    }
    return ALLOW;
  },
  passed: ({ policy, population }) => {
    if (policy === undefined || population === undefined) return 'the targets of a policy are not counted here';
    const { matched, troubled } = population;
    const most =
      matched < MIN_TARGETS
        ? `fewer than ${MIN_TARGETS} are never a mass failure`
        : `at most ${troubleLimit(policy.safety.maxUnhealthy, matched)} may be`;
    return `${troubled} of ${matched} targets are unhealthy, unknown or being healed; ${most}`;
  },
};

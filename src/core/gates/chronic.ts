import { formatDuration } from '../../std/duration.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { traitsOf } from '../actions/index.ts';
import { DAY_MS, isHealing, WEEK_MS } from '../healings.ts';
import { isOnWorkload } from '../history.ts';
import { describeTarget } from '../observation.ts';
import { ALLOW, type Gate, type Proposal, refuse, rootUid } from './proposal.ts';

/**
 * The workload was healed again and again over days, and each time it helped for a while. By now the restarts hide a
 * fault: a leak, a lock, a full disk. It is left to people. Nodes were repaired for ever, and nobody heard of it.
 */
export const chronic: Gate = {
  reason: 'Chronic',
  check: (proposal, now) => {
    const counts = countsOf(proposal, now);
    const full = counts.find(({ times, max }) => times.length >= max);
    if (full === undefined) return ALLOW;
    const { times, max, spanMs } = full;
    // As many as the limit says, newest first: the oldest of them has to leave the span.
    const freeAt = (times[max - 1] ?? now) + spanMs;
    const [newest = now] = times;
    const often = times.length === 1 ? 'once' : `${times.length} times`;
    const healed = `was healed ${often} in ${formatDuration(spanMs)} (limit ${max}), the last time at ${toTimestamp(newest)}`;
    return refuse(
      'Chronic',
      `${describeTarget(proposal.target)} ${healed}, and it helped only for a while: healing hides a fault by now. ` +
        `Find the cause; a new limit is safetyRules.${full.rule}`,
      freeAt,
    );
  },
  passed: (proposal, now) => {
    const counts = countsOf(proposal, now);
    if (counts.length === 0) return 'the action heals nothing, or no policy limits it';
    return counts
      .map(
        ({ times, max, spanMs }) => `${times.length} of ${max} healings of this workload in ${formatDuration(spanMs)}`,
      )
      .join('; ');
  },
};

interface Count {
  readonly rule: 'maxHealingsPerDay' | 'maxHealingsPerWeek';
  /** Newest first. */
  readonly times: readonly Instant[];
  readonly max: number;
  readonly spanMs: number;
}

/** None, where people have asked for the action themselves, or where it only tells somebody. */
function countsOf({ target, chain, history, policy, actionType }: Proposal, now: Instant): readonly Count[] {
  if (policy === undefined || traitsOf(actionType).proof === 'answer') return [];
  const workload = { targetUid: target.uid, namespace: target.namespace, rootUid: rootUid(target, chain) };
  const times = history
    .filter((action) => isHealing(action) && isOnWorkload(action, workload))
    .map(({ completedAt = 0 }) => completedAt)
    .toSorted((a, b) => b - a);
  const { maxHealingsPerDay, maxHealingsPerWeek } = policy.safety;
  const within = (spanMs: number): readonly Instant[] => times.filter((at) => at > now - spanMs);
  return [
    { rule: 'maxHealingsPerDay', times: within(DAY_MS), max: maxHealingsPerDay, spanMs: DAY_MS },
    { rule: 'maxHealingsPerWeek', times: within(WEEK_MS), max: maxHealingsPerWeek, spanMs: WEEK_MS },
  ];
}

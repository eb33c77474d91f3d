import { toTimestamp } from '../../std/clock.ts';
import { lastFinishedOn } from '../history.ts';
import { ALLOW, type Gate, refuse, rootUid } from './proposal.ts';

/** The last action on this target or its owner chain, whosever policy it was, is too recent (I19). */
export const coolingDown: Gate = {
  reason: 'CoolingDown',
  check: ({ target, chain, policy, history }, now) => {
    if (policy === undefined) return ALLOW;
    const last = lastFinishedOn(history, { rootUid: rootUid(target, chain), targetUid: target.uid });
    const until = (last?.completedAt ?? Number.NEGATIVE_INFINITY) + policy.cooldownMs;
    if (last === undefined || now >= until) return ALLOW;
    return refuse(
      'CoolingDown',
      `action ${last.namespace}/${last.name} (${last.phase}) ended at ${toTimestamp(last.completedAt ?? now)}; the cool-down is ${policy.cooldownMs / 1000} s`,
      until,
    );
  },
};

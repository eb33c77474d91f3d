import { toTimestamp } from '../../std/clock.ts';
import { lastFinishedOn, type PastAction } from '../history.ts';
import { ALLOW, type Gate, type Proposal, refuse, rootUid } from './proposal.ts';

/** The last action on this target or its owner chain, whosever policy it was, is too recent (I19). */
export const coolingDown: Gate = {
  reason: 'CoolingDown',
  check: (proposal, now) => {
    const { policy, limits } = proposal;
    if (policy === undefined) return ALLOW;
    const last = lastOn(proposal);
    const until = (last?.completedAt ?? Number.NEGATIVE_INFINITY) + policy.cooldownMs + (limits.leapMs ?? 0);
    if (last === undefined || now >= until) return ALLOW;
    return refuse('CoolingDown', inWords(last, policy.cooldownMs), until);
  },
  passed: (proposal) => {
    const { policy } = proposal;
    if (policy === undefined) return 'an action that a person made waits for no cool-down';
    const last = lastOn(proposal);
    return last === undefined ? 'no action has ended on this workload' : inWords(last, policy.cooldownMs);
  },
};

const lastOn = ({ target, chain, history }: Proposal): PastAction | undefined =>
  lastFinishedOn(history, { rootUid: rootUid(target, chain), targetUid: target.uid, namespace: target.namespace });

const inWords = ({ namespace, name, phase, completedAt = 0 }: PastAction, cooldownMs: number): string =>
  `action ${namespace}/${name} (${phase}) ended at ${toTimestamp(completedAt)}; the cool-down is ${cooldownMs / 1000} s`;

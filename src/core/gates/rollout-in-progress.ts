import { rolloutInProgress as underWay } from '../health.ts';
import { ALLOW, type Gate, refuse } from '../proposal.ts';

/** The target or one of its controllers is in the middle of a rollout that somebody else started (I23). */
export const rolloutInProgress: Gate = {
  reason: 'RolloutInProgress',
  check: ({ object, chain }) => {
    for (const one of [...(object === undefined ? [] : [object]), ...chain]) {
      const why = underWay(one);
      if (why !== undefined) return refuse('RolloutInProgress', why);
    }
    return ALLOW;
  },
};

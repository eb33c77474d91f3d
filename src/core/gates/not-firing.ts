import { ALLOW, type Gate, refuse } from './proposal.ts';

/**
 * The trigger that the action answers does not hold any more: what is well is not healed (I42). Nodes were drained
 * after they had recovered, since the drain had waited for its turn and nobody asked again.
 */
export const notFiring: Gate = {
  reason: 'NotFiring',
  check: ({ trigger }) =>
    trigger === undefined || trigger.state === 'holds'
      ? ALLOW
      : refuse('NotFiring', `trigger ${trigger.name} does not hold any more: ${trigger.detail}`, trigger.until),
  passed: ({ trigger }) =>
    trigger === undefined ? 'the action answers no trigger' : `trigger ${trigger.name} holds: ${trigger.detail}`,
};

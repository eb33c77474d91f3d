import type { Meanings } from './reason.ts';

/** Why the ladder of an episode has ended. */
export const LADDER_ENDS = {
  Exhausted: {
    means:
      'Every action that the policy has for this trigger and kind was tried or rejected, and the target still fails.',
    todo: 'Look at the target yourself: the operator does nothing more until it has recovered once. Add an action that addresses the cause.',
  },
  MadeWorse: {
    means: 'After an action fewer pods were ready than before it, so that no other action is tried on top of that.',
    todo: 'Look at the target yourself. Read `status.undo` of the action to see whether its change was taken back.',
  },
  Oscillating: {
    means:
      'Healing goes in a circle: the same action was needed three times within the window, or two actions keep reversing each other.',
    todo: 'Find the cause that the action does not cure. When two policies work against each other, set their triggers further apart or remove one.',
  },
} as const satisfies Meanings;

export type LadderEnd = keyof typeof LADDER_ENDS;

export const TARGET_REASONS = {
  ...LADDER_ENDS,
  NotCarriedOut: {
    means:
      'The action that would be next ended with nothing sent: a gate refused it, no plan could be made, a server refused it, or the operator was interrupted. The entry says which. It does not count as tried, and is proposed again at the time of the entry.',
    todo: 'Read the reason in the entry, and remove what stands in the way. Nothing, when that has passed.',
  },
  NoRoom: {
    means:
      'More targets of the policy fail at once than its status has room for. An episode has to stand there before it may act; those that can be healed take turns.',
    todo: 'Wait, or look for a common cause. Several policies with narrower selectors have more room.',
  },
  NoAction: {
    means: 'A trigger fires, and no action of the policy answers that trigger for this kind of object.',
    todo: 'Add an action, or widen `triggers` and `kinds` of one that is there.',
  },
  MonitorOnly: {
    means: 'The policy is in mode `monitor`. The entry says which action would be taken.',
    todo: 'Set `spec.mode` to `dryrun`, `manual` or `automatic` when you agree with it.',
  },
} as const satisfies Meanings;

export type TargetReason = keyof typeof TARGET_REASONS;

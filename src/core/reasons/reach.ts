import type { Meanings } from './reason.ts';

export const REACH_REASONS = {
  OutOfReach: {
    means:
      'A request was held back: by its own path or its content it goes beyond what the type of the action may do to its target. Nothing of it was sent.',
    todo: 'Look who has written the status of the action, and whether the object that the message names changed its owner. Of a plugin: read what it declares. Report it if nobody interfered.',
  },
} as const satisfies Meanings;

/** Why a request of a plan, or of the way back, was not sent. */
export type ReachReason = keyof typeof REACH_REASONS;

import type { Meanings } from './reason.ts';

/** The word of a person that does not count. */
export const AUTHORITY_REASONS = {
  ApprovalUnproven: {
    means:
      'There is a HealingApproval, and nothing has checked that its author is the person it names and may approve. It does not count.',
    todo: 'Let an administrator run `kubeskippy install` on a server with ValidatingAdmissionPolicy, then approve again. Where approvals are guarded otherwise, set `approvals.unproven: accept` in the configuration.',
  },
  ApprovalVoid: {
    means:
      'There is a HealingApproval, and it speaks of another spec or plan, came too late, has expired or was deleted. It does not count.',
    todo: 'Read the action and its plan as they are now, and create another HealingApproval: docs/how-to/approve.md.',
  },
  AuthorUnproven: {
    means:
      'The action was made by hand, and nothing has checked that its author may do to the target what the action does. It ends without anything being sent.',
    todo: 'Let an administrator run `kubeskippy install` on a server with ValidatingAdmissionPolicy, then make the action again. Where the creation of actions is guarded otherwise, set `handMade.unproven: accept` in the configuration.',
  },
} as const satisfies Meanings;

export type AuthorityReason = keyof typeof AUTHORITY_REASONS;

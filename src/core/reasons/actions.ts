import type { phases, Undo, Verification } from '../../api/action-status.ts';
import { AUTHORITY_REASONS } from './authority.ts';
import { CLAIM_REASONS } from './gates.ts';
import type { Meanings } from './reason.ts';
import { LADDER_ENDS } from './targets.ts';

/** How an action goes on and ends, beside the refusals of gates, plans and servers. */
export const PROGRESS_REASONS = {
  ...CLAIM_REASONS,
  ...AUTHORITY_REASONS,
  AwaitingApproval: {
    means:
      'The action waits for a person. Nothing is done until it is approved, and it ends at the time that is named.',
    todo: 'Read its plan and decide with `kubeskippy approve` or `kubeskippy reject`: docs/how-to/approve.md.',
  },
  TooManyActions: {
    means:
      'Of the unfinished HealingActions of a namespace the oldest ones are worked on, up to `namespaceLimits.unfinishedActions`. This one is younger. As many of those that wait say so as have a place. Nothing was read or sent for it; when its `timeout` is over first, it ends.',
    todo: 'Delete actions that are not needed, or decide about those that wait for approval. The operator takes the next oldest by itself.',
  },
  NoApprovalNeeded: { means: 'The action may go on without a person.', todo: 'Nothing.' },
  Approved: { means: 'A person approved it. The gates are asked next.', todo: 'Nothing.' },
  Rejected: {
    means: 'A person rejected it. It is not proposed again in this episode.',
    todo: 'Heal the target by hand, or let the policy take its next action.',
  },
  ApprovalExpired: {
    means:
      'It was not approved within `approvalTimeout`. It does not count as tried: while the target still fails, it is proposed again after a pause of 30 seconds up to an hour.',
    todo: 'Heal the target by hand. Give people more time with `safetyRules.approvalTimeout`, or a channel that reaches them.',
  },
  Executing: {
    means: 'The plan stands in `status.plan` and its requests are being sent.',
    todo: 'Nothing. After a crash of the operator the target is read, and the action goes on or ends.',
  },
  InStages: {
    means:
      'A part is done, and the action waits for what it set off before it goes on. The message says what is missing.',
    todo: 'Nothing, unless it waits long: then look at the pods that the message names, and at their PodDisruptionBudgets.',
  },
  AnswerUnclear: {
    means: 'The answer to a request does not say whether it took effect. The message quotes the answer.',
    todo: 'Wait a few seconds: the target is read, and the action goes on. After the call of an endpoint it ends as `OutcomeUnknown`.',
  },
  Retrying: {
    means: 'The last attempt was refused or interrupted before it changed anything. The next one comes by itself.',
    todo: 'Nothing. The message has the cause and the time.',
  },
  Verifying: {
    means: 'The change was made. The operator watches whether the target recovers.',
    todo: 'Nothing. `status.verification` says how far it is.',
  },
  Undoing: {
    means: 'The action did not help, and its changes are being taken back.',
    todo: 'Nothing. `status.undo` says how far it is.',
  },
  Verified: {
    means:
      'The target was healthy without a break for 10 seconds after the change, and for longer than its illness had taken to come back.',
    todo: 'Nothing.',
  },
  DryRun: {
    means: 'The server accepted the requests as a trial (`dryRun=All`). Nothing was changed.',
    todo: 'Read `status.result`, and set the mode of the policy when you agree with it.',
  },
  Delivered: {
    means: 'The call was answered well. What it set off cannot be seen from here.',
    todo: 'Look in the system that was called.',
  },
  NotVerified: {
    means: 'The change was made, and the target was not healthy within `healthCheckTimeout`.',
    todo: 'Read the message for what was still wrong, and `status.undo` for whether the change was taken back.',
  },
  MadeWorse: LADDER_ENDS.MadeWorse,
  TimedOut: {
    means: 'The action could not finish within its time. What it had changed is taken back where that is possible.',
    todo: 'Look at what the message names as missing: pods that do not end, a PodDisruptionBudget, a node without room.',
  },
  Forged: {
    means:
      'The action says that the operator made it for a policy, and has no seal of the operator for this name, spec and labels. Nothing of it was carried out.',
    todo: 'Find out who made it: `metadata.managedFields` has the client. Actions by hand leave out policyRef, trigger, evidence, episode and labels of kubeskippy.io.',
  },
  StatusTampered: {
    means:
      'The status of the action has no seal of the operator, or one that does not fit: somebody else has written it. Nothing of it was carried out, not even what takes changes back.',
    todo: 'Look at the target: an action that had begun is left where it was. Find out who may write healingactions/status, and whether the Secret kubeskippy-seal was lost.',
  },
  Interrupted: {
    means:
      'The last attempt changed nothing, and no attempt is left: the operator was interrupted, or the server answered with an error that the message quotes.',
    todo: 'Read the answer of the server. Without one, look why the operator restarts. If the target still fires, another action follows.',
  },
  Superseded: {
    means: 'Somebody else changed the target in the middle of the action. Their change is left as it is.',
    todo: 'Nothing, when that was intended.',
  },
  OutcomeUnknown: {
    means:
      'The answer to a request was lost, and the target does not show whether the request took effect. It is not repeated.',
    todo: 'Look in the target, or in the system that was called, before you do it again.',
  },
  DisruptionBudget: {
    means: 'A PodDisruptionBudget allowed no eviction in any attempt. The pod was not deleted instead.',
    todo: 'Look at `kubectl get pdb`: make the other pods ready, or loosen the budget.',
  },
  Unknown: {
    means: 'A request was refused with a code that is not a CamelCase word. The message has the words of the server.',
    todo: 'Read the message.',
  },
} as const satisfies Meanings;

export type ProgressReason = keyof typeof PROGRESS_REASONS;

export const EXECUTED_REASONS = {
  Done: { means: 'The planned requests were carried out.', todo: 'Nothing.' },
  PlanRefused: {
    means: 'No plan could be made for this target, so that nothing was sent. It is not proposed again in this episode.',
    todo: 'Read `status.reason` and `status.message` of the action.',
  },
  Withdrawn: {
    means: 'A gate refused between the claim and the first request. Nothing was sent, and the decision is made anew.',
    todo: 'Nothing. `status.reason` names the gate.',
  },
} as const satisfies Meanings;

export type ExecutedReason = keyof typeof EXECUTED_REASONS;

export const PHASES = {
  Pending: {
    means: 'The action was created. It waits for approval where that is needed.',
    todo: 'Read `status.reason`.',
  },
  Approved: {
    means: 'The action may begin as soon as the gates let it.',
    todo: 'Read `status.blocked` of the policy if it stays here.',
  },
  InProgress: {
    means: 'The action was claimed: requests are sent, verified or taken back.',
    todo: 'Read `status.message`.',
  },
  Succeeded: { means: 'The action helped, or a trial was accepted.', todo: 'Nothing.' },
  Failed: {
    means: 'The action ended without success.',
    todo: 'Read `status.reason`, `status.message` and `status.undo`.',
  },
  Cancelled: { means: 'The action ended before anything was sent.', todo: 'Read `status.reason`.' },
} as const satisfies Meanings & Readonly<Record<(typeof phases)[number], unknown>>;

export const UNDO_STATES = {
  NotPossible: {
    means: 'Nothing of what was done can be taken back: its type has no way back, for example an eviction.',
    todo: 'Look at the target: it is as the action left it.',
  },
  InProgress: { means: 'The changes are being taken back, newest first.', todo: 'Wait.' },
  Done: { means: 'Every change was taken back, and that was seen on the live objects.', todo: 'Nothing.' },
  Failed: {
    means:
      'A change could not be taken back: somebody else changed the field since, the object is gone, or the server refused it.',
    todo: 'Read the message and restore the object by hand, if that is still wanted.',
  },
  // The schema has a fifth, NotNeeded, which this version does not write.
} as const satisfies Meanings & Readonly<Record<Exclude<Undo['state'], 'NotNeeded'>, unknown>>;

export const VERIFICATION_STATES = {
  Waiting: { means: 'The change was made, and the target was not looked at yet.', todo: 'Wait.' },
  Stabilising: { means: 'The target is healthy. It has to stay so for 10 seconds.', todo: 'Wait.' },
  Healthy: { means: 'The target was healthy for long enough, without a break.', todo: 'Nothing.' },
  Unhealthy: {
    means: 'The target is not healthy, or that cannot be seen.',
    todo: 'Read `status.verification.message`.',
  },
  TimedOut: { means: 'The target was not healthy before the deadline.', todo: 'Read `status.verification.message`.' },
} as const satisfies Meanings & Readonly<Record<Verification['state'], unknown>>;

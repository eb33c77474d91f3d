import type { notificationReasons } from '../../api/endpoint-schema.ts';
import type { Meanings } from './reason.ts';

export const ANNOUNCEMENTS = {
  TriggerFiring: {
    means: 'A trigger of the policy has held for its whole duration.',
    todo: 'Nothing yet: an action follows, or `status.blocked` of the policy says why not.',
  },
  TriggerResolved: { means: 'A trigger that fired does not hold any more.', todo: 'Nothing.' },
  CauseFound: {
    means: 'The analysis has found why a target is unwell. The message has the cause of docs/reference/causes.md.',
    todo: 'Do what the message says. An action of the policy may still help meanwhile.',
  },
  HealingStarted: { means: 'An action passed all gates, and its first request is about to be sent.', todo: 'Nothing.' },
  HealingSucceeded: { means: 'An action ended well.', todo: 'Nothing.' },
  HealingFailed: {
    means: 'An action ended without success. The ladder goes on with the next one after the cool-down.',
    todo: 'Read `status.reason` and `status.message` of the HealingAction.',
  },
  HealingCancelled: {
    means: 'An action ended before anything was sent.',
    todo: 'Read `status.reason` of the HealingAction.',
  },
  HealingUndone: {
    means: 'An action did not help, and its changes were taken back.',
    todo: 'Read why it did not help in the HealingAction.',
  },
  HealingBlocked: {
    means: 'A target should be healed, and a gate refuses. The message has the reason of the gate in parentheses.',
    todo: 'Look the reason of the gate up on this page.',
  },
  HealingWithheld: {
    means: 'A policy in mode `monitor` would take an action on a target now. The message names it.',
    todo: 'Nothing, or set another mode when the action is the right one.',
  },
  HealingPaused: {
    means: 'Somebody has created or changed the ConfigMap `kubeskippy-pause`: nothing is healed while it is there.',
    todo: 'Nothing, or `kubeskippy resume` when healing may go on.',
    shows: 'Event on the ConfigMap',
  },
  HealingResumed: {
    means: 'The ConfigMap `kubeskippy-pause` is gone.',
    todo: 'Nothing.',
    shows: 'Event on the ConfigMap',
  },
  CommonCauseFound: {
    means:
      'Many workloads began to fail together, and nothing automatic is done for them. The message names what they share, where that is known.',
    todo: 'Look at what the message names. Healing resumes by itself.',
    shows:
      'Event on the namespace, of the operator where the whole cluster is held back, and a notification through the channels of the configuration',
  },
  CommonCauseOver: {
    means: 'Fewer than half as many workloads fail together as it took to stop healing.',
    todo: 'Nothing.',
    shows: 'Event on the same namespace',
  },
  CapacityAway: {
    means:
      'A node that an action has cordoned is cordoned still, so that the cluster has less room than its number of nodes says. It is told every six hours.',
    todo: 'Uncordon the node with `kubectl uncordon NODE` when it is well, or replace it. `kubeskippy status` lists such nodes.',
    shows: 'Event on the node, and a notification through the channels of the configuration',
  },
  MetricsMissing: {
    means:
      'No answer comes to a metric trigger of the policy: its source does not answer, or refuses the query. What it asks about is unknown, and heals nothing meanwhile.',
    todo: 'Read `MetricsAvailable` of the policy for the trigger and the reason, and look whether the source works.',
  },
  MetricsBack: { means: 'Every metric trigger of the policy has an answer again.', todo: 'Nothing.' },
  UndoFailed: {
    means: 'A change that did not help could not be taken back.',
    todo: 'Read `status.undo` of the HealingAction, and restore the object by hand.',
    shows: 'Event, and a notification through the channels of the configuration',
  },
  ApprovalRequired: {
    means: 'An action waits for a person.',
    todo: 'Read the HealingAction that the message names, then approve or reject it before its time is over.',
    shows: 'Event, and a notification through the channels of the configuration',
  },
  StatusTampered: {
    means:
      'The status of an action or of a policy was not written by the operator, or was changed since. It was not believed.',
    todo: 'Read the object that the message names, and find out who may write its status.',
    shows: 'Event, and a notification through the channels of the configuration',
  },
  StatusRefused: {
    means:
      'The API server refused the status of a policy. People see an old status until a shorter one is taken; healing goes on for episodes that stand in it.',
    todo: 'Read the message. Look for webhooks and quotas that refuse large objects, and whether the operator may write healingpolicies/status.',
    shows: 'Event, and a notification through the channels of the configuration',
  },
  ActionUnreadable: {
    means:
      'A HealingAction made by hand is against the rules of its fields, and is left alone. Nothing is sent for it.',
    todo: 'Delete it, and make another one as the message says.',
  },
  TooManyActions: {
    means:
      'The namespace has more unfinished HealingActions than are worked on at once. The one that the Event is about is the next to get a place.',
    todo: 'Find out what makes so many of them, and delete those that are not needed.',
  },
  EpisodeExhausted: {
    means:
      'The operator has given up on a target. The message has the reason in parentheses: `Exhausted`, `MadeWorse`, `Oscillating` or `Chronic`.',
    todo: 'Look at the target yourself: nothing more is done until it has recovered once.',
    shows: 'Event, and a notification through the channels of the configuration',
  },
} as const satisfies Meanings & Readonly<Record<(typeof notificationReasons)[number], unknown>>;

/** Reason of an Event, and of a notification. */
export type AnnouncementReason = keyof typeof ANNOUNCEMENTS;

/** Why an Event or a notification did not reach anybody, or a request that was recorded was not sent. */
export const LOG_REASONS = {
  QueueFull: {
    means: 'So many Events or notifications wait already that this one was dropped.',
    todo: 'Look why the API server or the channel is slow. The objects themselves say the same as the dropped message.',
  },
  Spam: {
    means:
      'One object had more than 25 Events at once, as Kubernetes components allow, or the same was said of more than 100 targets of one policy. Further Events are dropped.',
    todo: 'Nothing. The status of the object, or of the policy, says the same.',
  },
  WriteFailed: {
    means: 'The API server did not take an Event.',
    todo: 'Look whether the operator may create Events in that namespace. Healing does not depend on it.',
  },
  Refused: {
    means: 'A channel refused a notification for good, for example with 400 or 403.',
    todo: 'Correct address, token or signing key of the channel.',
  },
  TooLate: {
    means: 'A channel did not take a notification within an hour.',
    todo: 'Look whether the channel works.',
  },
  Stopped: {
    means: 'The operator stopped before a notification was taken.',
    todo: 'Nothing. The Event of the same reason was written.',
  },
  NotSent: {
    means:
      'The operator lost its lease between recording the intent and sending the request. The request was not sent.',
    todo: 'Nothing. The new leader goes on from the status of the action.',
    shows: '`result` of an outcome in the audit trail',
  },
} as const satisfies Meanings;

/** Why a decision is in no file of `--record-decisions`. Healing goes on all the same. */
export const RECORDING_LOSSES = {
  QueueFull: {
    means: 'So many decisions wait for the disk already that this one was dropped.',
    todo: 'Look why the disk of the folder is slow.',
  },
  TooLarge: {
    means: 'One decision alone is larger than all of them together may be.',
    todo: 'Raise `recordDecisionsMaxSize`.',
  },
  WriteFailed: {
    means: 'The folder did not take a file. The disk may be full, or the folder may be gone.',
    todo: 'Read `code` in the log (`ENOSPC`: the disk is full). Recording goes on by itself when the folder takes files again.',
  },
} as const satisfies Meanings;

export type RecordingLoss = keyof typeof RECORDING_LOSSES;

/** Why a notification did not reach people. */
export type DropReason = Exclude<keyof typeof LOG_REASONS, 'NotSent' | 'Spam' | 'WriteFailed'>;

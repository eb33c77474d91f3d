/**
 * Every reason that a person can meet: where it shows, what it means, what to do. One list for each place; a word that
 * is met in several places has a meaning in each list. Gates, transitions, laps and announcements can use no others:
 * their types are the keys of these lists. `make generate` writes docs/reference/reasons.md from them, and the house
 * test looks for each reason in the code that its list names.
 *
 * Other words come in by {@link isForeignReason} and {@link wordOf} alone: the code of a server, the refusal of a
 * plugin, and a reason that is read back from a status.
 */
import { EXECUTED_REASONS, PHASES, PROGRESS_REASONS, UNDO_STATES, VERIFICATION_STATES } from './actions.ts';
import { ANNOUNCEMENTS, LOG_REASONS, RECORDING_LOSSES } from './announcements.ts';
import { type AuthorityReason } from './authority.ts';
import { GATE_REASONS, type GateReason } from './gates.ts';
import { PLAN_REASONS, type PlanReason } from './plans.ts';
import {
  LINT_REASONS,
  METRIC_REASONS,
  READY_REASONS,
  REMEDIATION_REASONS,
  TELLING_REASONS,
  TRUST_REASONS,
  COMPLETENESS_REASONS,
} from './policies.ts';
import type { ForeignReason, ReasonList } from './reason.ts';
import { REACH_REASONS, type ReachReason } from './reach.ts';
import { SERVER_CODES, type ServerCode } from './servers.ts';
import type { ProgressReason } from './actions.ts';
import { TARGET_REASONS, type TargetReason } from './targets.ts';

export type { ExecutedReason, ProgressReason } from './actions.ts';
export type { AnnouncementReason, DropReason, RecordingLoss } from './announcements.ts';
export type { AuthorityReason } from './authority.ts';
export type { GateReason } from './gates.ts';
export type { PlanReason } from './plans.ts';
export type { LintReason, MetricProblem, ProblemReason, QueryFinding } from './policies.ts';
export { type ForeignReason, isForeignReason, type Meaning, type ReasonList, wordOf } from './reason.ts';
export type { ReachReason } from './reach.ts';
export type { ServerCode } from './servers.ts';
export type { LadderEnd } from './targets.ts';

export const REASONS = {
  gates: {
    title: 'A gate refuses',
    shows:
      '`status.blocked[].reason` of the HealingPolicy, the Event `HealingBlocked`, the metric `kubeskippy_healing_blocked_total`, and `status.reason` of a HealingAction that ended because of it',
    from: ['src/core/gates'],
    reasons: GATE_REASONS,
  },
  targets: {
    title: 'A target is not healed, for a reason beside the gates',
    shows: '`status.blocked[].reason` of the HealingPolicy',
    from: ['src/core/target/evaluate-target.ts', 'src/core/target/ladder.ts', 'src/core/target/policy-status.ts'],
    reasons: TARGET_REASONS,
  },
  ready: {
    title: 'A policy can or cannot be used',
    shows: 'Condition `Ready` of the HealingPolicy, and `kubeskippy lint`',
    from: [
      'src/api',
      'src/core/target/policy-problems.ts',
      'src/core/target/silences.ts',
      'src/core/target/metric-health.ts',
      'src/core/target/policy-status.ts',
      'src/core/authority/account.ts',
    ],
    reasons: READY_REASONS,
  },
  remediation: {
    title: 'A whole policy is held back',
    shows: 'Condition `RemediationAllowed` of the HealingPolicy',
    from: ['src/core/target/policy-status.ts'],
    reasons: REMEDIATION_REASONS,
  },
  trust: {
    title: 'A status of ours was written by others',
    shows: 'Condition `StatusTrusted` of the HealingPolicy, for a day',
    from: ['src/core/target/policy-status.ts'],
    reasons: TRUST_REASONS,
  },
  completeness: {
    title: 'A status does not say everything',
    shows: 'Condition `StatusComplete` of the HealingPolicy, while something is left out',
    from: ['src/core/target/policy-status.ts'],
    reasons: COMPLETENESS_REASONS,
  },
  telling: {
    title: 'People are not told',
    shows: 'Condition `PeopleTold` of the HealingPolicy, while a channel fails, and `kubeskippy status`',
    from: ['src/core/target/policy-status.ts'],
    reasons: TELLING_REASONS,
  },
  metrics: {
    title: 'A metric has an answer or not',
    shows:
      'Condition `MetricsAvailable` and `status.triggers[].lastError` of the HealingPolicy, and `kubeskippy query`',
    from: ['src/core/metrics/answer.ts', 'src/core/target/metric-health.ts', 'src/core/target/policy-status.ts'],
    reasons: METRIC_REASONS,
  },
  lint: {
    title: '`kubeskippy lint` finds something',
    shows: '`kubeskippy lint`',
    from: ['src/cli/lint'],
    reasons: LINT_REASONS,
  },
  progress: {
    title: 'An action goes on or ends',
    shows: '`status.reason` of the HealingAction',
    from: ['src/core/action', 'src/core/authority', 'src/core/target/oscillation.ts'],
    reasons: PROGRESS_REASONS,
  },
  plans: {
    title: 'No plan can be made',
    shows: '`status.reason` of the HealingAction, and `kubeskippy plan`',
    from: ['src/core/actions', 'src/operator/action/planning.ts', 'src/operator/action/replaceable.ts'],
    reasons: PLAN_REASONS,
  },
  reach: {
    title: 'A request is held back',
    shows: '`status.reason` and `status.undo` of the HealingAction, and `result` in the audit trail',
    from: ['src/core/authority'],
    reasons: REACH_REASONS,
  },
  servers: {
    title: 'A server or an endpoint did not do what was asked',
    shows: '`status.reason` of the HealingAction, `result` in the audit trail, `code` of an error in the log',
    from: [
      'src/kube',
      'src/shapes/transport.ts',
      'src/adapters/notify/http-endpoints.ts',
      'src/operator/ports.ts',
      'src/core/action/refusals.ts',
    ],
    reasons: SERVER_CODES,
  },
  executed: {
    title: 'Something of an action was sent or not',
    shows: 'Condition `Executed` of the HealingAction; a failed action has the reason of its failure there',
    from: ['src/core/action'],
    reasons: EXECUTED_REASONS,
  },
  phases: {
    title: 'The phase of an action',
    shows: '`status.phase` of the HealingAction',
    from: ['src/api/action-status.ts'],
    reasons: PHASES,
  },
  undo: {
    title: 'The way back of an action',
    shows: '`status.undo.state` of the HealingAction',
    from: ['src/core/action'],
    reasons: UNDO_STATES,
  },
  verification: {
    title: 'The proof of an action',
    shows: '`status.verification.state` of the HealingAction',
    from: ['src/core/action'],
    reasons: VERIFICATION_STATES,
  },
  announcements: {
    title: 'An Event',
    shows: 'Event on the policy, the action and the target',
    from: [
      'src/core/target/announcements.ts',
      'src/core/action/news.ts',
      'src/core/analysis/account.ts',
      'src/core/kept-nodes.ts',
      'src/operator/pauses.ts',
    ],
    reasons: ANNOUNCEMENTS,
  },
  logs: {
    title: 'A message did not get through',
    shows: '`why` in the log, and the metric `kubeskippy_notifications_dropped_total`',
    from: ['src/operator/notifications.ts', 'src/kube/event-recorder.ts', 'src/operator/action/sending.ts'],
    reasons: LOG_REASONS,
  },
  recording: {
    title: 'A decision was not recorded',
    shows: '`reason` in the log, and the metric `kubeskippy_decisions_lost_total`',
    from: ['src/adapters/decision-files.ts'],
    reasons: RECORDING_LOSSES,
  },
} as const satisfies Readonly<Record<string, ReasonList>>;

type Lists = (typeof REASONS)[keyof typeof REASONS];
type KeyOfEach<L> = L extends ReasonList ? keyof L['reasons'] : never;
/** Any reason of ours, wherever it is met. */
export type Reason = KeyOfEach<Lists>;

/** What the gates say of an action that exists. */
export type VerdictReason = GateReason | AuthorityReason | 'Rejected' | 'PolicyChanged' | 'ClaimLost';
/** `RemediationAllowed` of a policy. */
export type RemediationReason = keyof typeof REMEDIATION_REASONS;
/** Why a target is not healed. */
export type BlockedReason = GateReason | TargetReason;
/** `status.reason` of a HealingAction. */
export type ActionReason = ProgressReason | GateReason | PlanReason | ReachReason | ServerCode | ForeignReason;

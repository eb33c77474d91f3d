import type { Meanings } from './reason.ts';

export const GATE_REASONS = {
  Suspended: {
    means: 'Healing is switched off: the policy has `spec.suspend: true`, or somebody created the kill switch.',
    todo: 'Read the message. Set `spec.suspend: false`, or delete the ConfigMap `kubeskippy-pause` in the namespace of the operator, when healing may go on.',
  },
  Protected: {
    means:
      'The target must not be touched. It, one of its owners or its namespace carries a mark, is listed in `protectedResources` or in the configuration, or belongs to the operator.',
    todo: 'Heal the target by hand. To let the operator do it, remove the mark or the rule that the message names.',
  },
  OutOfScope: {
    means:
      'The target is gone, is being deleted, was replaced by another object of the same name, or is not selected by the policy any more. Or the action was made by hand, names no UID, and the object of that name was created after it.',
    todo: 'Nothing, when that was intended. Else compare the labels, name and namespace of the object with `spec.selector`.',
  },
  StaleObservation: {
    means:
      'The data may be older than the last change: a watch is behind, or the evidence of a trigger that fired is missing now. Nothing is done on old data.',
    todo: 'Wait a minute. If it stays, look whether the API server and the metric source answer, and read the log of the operator.',
  },
  NotFiring: {
    means:
      'The trigger that the action answers does not hold any more: the target has recovered while the action waited. It is looked at on live reads, right before the effect. An action whose episode has ended ends as `Resolved`.',
    todo: 'Nothing. A target that fires again is healed by an action of its own.',
  },
  Uncordoned: {
    means:
      'Somebody has uncordoned the node that an action of this episode had cordoned. Until the episode ends no action cordons or drains it again.',
    todo: 'Nothing, when the node is to take pods. To take it away, cordon it by hand.',
  },
  MassFailure: {
    means:
      'More targets of the policy are in trouble at once than `safetyRules.maxUnhealthy` allows, or were within the last 5 minutes. The cause probably lies elsewhere.',
    todo: 'Look for a common cause: a node, a release, a dependency, the network. Healing resumes by itself 5 minutes after the targets have recovered.',
  },
  Chronic: {
    means:
      'The workload was healed `safetyRules.maxHealingsPerDay` times within 24 hours, or `maxHealingsPerWeek` times within 7 days, whatever the policies. Each time it helped for a while: healing hides a fault by now. People are told once.',
    todo: 'Find the cause: a memory leak, a lock, a disk that fills up. Healing goes on by itself when fewer healings lie in the time, or with higher limits in the policy.',
  },
  CommonCause: {
    means:
      'At least ten workloads, and a quarter of those that are watched, began to fail within ten minutes of each other, whatever their policies. Their cause is a common one, and lies in none of them. Nothing is healed automatically until fewer than half as many are left. Of one namespace alone it stops that namespace.',
    todo: 'Look at what the message names: a node, or what all of them need (DNS, the registry, the network, a shared service). Healing resumes by itself.',
  },
  OutsideWindow: {
    means: 'The time windows of `safetyRules.windows` forbid healing at this hour.',
    todo: 'Wait until the time that the entry names, heal by hand, or change the windows.',
  },
  RateLimited: {
    means: 'The policy or the whole operator has done as many actions in the last hour as `maxActionsPerHour` allows.',
    todo: 'Find out why so much is healed. Raise the limit only when that is expected.',
  },
  CoolingDown: {
    means: 'The last action on this workload ended a short time ago, by any policy.',
    todo: 'Wait until the time that the entry names.',
  },
  BudgetExhausted: {
    means:
      'Another action is in flight on the same workload (or, to cordon or drain a node, on another node), or as many actions run as `maxConcurrent` allows.',
    todo: 'Wait for the action that the message names. If it hangs, read its `status.message`.',
  },
  CircuitOpen: {
    means:
      'Five actions of the policy failed in a row, so that it is stopped for 5 minutes. After that one action may try; two successes end the stop.',
    todo: 'Read why the last actions failed (`kubectl get ha`) and change the policy when its actions do not help.',
  },
  AnalysisVeto: {
    means:
      'The policy has `analysis.mode: veto`, and the cause that was found tells that the action cannot help, or would do harm. Or the cause is being looked for, for some seconds.',
    todo: 'Do what the message says. Healing goes on when the cause is gone. With `analysis.mode: advise` the action is taken all the same.',
  },
  RolloutInProgress: {
    means: 'Somebody else is rolling the workload out. A second change at the same time would disturb it.',
    todo: 'Wait for the rollout (`kubectl rollout status`). If it hangs, undo it or resume it.',
  },
} as const satisfies Meanings;

/** The name of a gate. */
export type GateReason = keyof typeof GATE_REASONS;

export const CLAIM_REASONS = {
  PolicyChanged: {
    means:
      'The policy was edited, deleted or put into another mode after this was decided. Nothing was sent; the new policy decides anew.',
    todo: 'Nothing. If the target still fires, the policy as it is now proposes its own action.',
  },
  Resolved: {
    means:
      'The target recovered while the action waited: for its approval, a window, a limit or its turn. Nothing was sent.',
    todo: 'Nothing. A target that fires again is healed by an action of its own.',
  },
  ClaimLost: {
    means: 'Another process, or a person, changed the action after this process had claimed it.',
    todo: 'Nothing. The other process goes on with the action.',
    shows: '`kubeskippy replay` of a recorded decision',
  },
  TargetGone: {
    means: 'The target was deleted or replaced before anything was sent.',
    todo: 'Nothing, when that was intended. The successor is a target of its own.',
  },
} as const satisfies Meanings;

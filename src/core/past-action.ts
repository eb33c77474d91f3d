/** A HealingAction, as history reads it. */
import type { HealingAction } from '../api/parse-action.ts';
import { LABELS } from '../api/names.ts';
import { fromTimestamp } from '../std/clock.ts';
import type { PastAction } from './history.ts';

/** Condition of a HealingAction: False when it ended without any request having left. */
export const EXECUTED = 'Executed';
/** Reasons of a cancelled action that say a person (or nobody, in time) declined it. */
export const DECLINED = ['Rejected', 'ApprovalExpired'] as const;

export function pastAction(action: HealingAction): PastAction {
  const { spec, status, metadata } = action;
  const executed = (status.attempts ?? 0) > 0 && status.conditions?.find(({ type }) => type === EXECUTED)?.status !== 'False';
  const lastAttemptAt = fromTimestamp(status.lastAttemptTime);
  const completedAt = fromTimestamp(status.completionTime);
  const episodeStart = fromTimestamp(spec.episode?.startedAt);
  return {
    uid: action.uid,
    namespace: action.namespace,
    name: action.name,
    ...(spec.policyRef?.uid !== undefined && { policyUid: spec.policyRef.uid }),
    targetUid: spec.targetResource.uid ?? '',
    rootUid: metadata.labels?.[LABELS.rootUid] ?? spec.targetResource.uid ?? '',
    targetKind: spec.targetResource.kind,
    template: spec.action.name,
    triggers: spec.trigger === undefined ? [] : [spec.trigger],
    dryRun: spec.dryRun,
    phase: action.phase,
    createdAt: action.createdAt ?? 0,
    executed: executed && !spec.dryRun,
    declined: action.phase === 'Cancelled' && DECLINED.some((reason) => reason === status.reason),
    ...(lastAttemptAt !== undefined && { lastAttemptAt }),
    ...(completedAt !== undefined && { completedAt }),
    ...(episodeStart !== undefined && { episodeStart }),
  };
}

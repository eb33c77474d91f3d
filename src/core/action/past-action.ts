/** A HealingAction, as history reads it. */
import { isTerminal } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import { LABELS } from '../../api/names.ts';
import { fromTimestamp } from '../../std/clock.ts';
import type { PastAction, Unsent } from '../history.ts';
import { targetOf } from './refs.ts';
import { given, ifGiven } from '../../std/given.ts';

/** Condition of a HealingAction: False when it ended without any request having left. */
export const EXECUTED = 'Executed';
/** Reason of that condition when no plan could be made for the target. */
export const PLAN_REFUSED = 'PlanRefused' as const;
/** Reason of that condition when a gate refused after the claim: nothing was sent, and the decision is made anew. */
export const WITHDRAWN = 'Withdrawn' as const;
/** It fits beside the others that `status.blocked` has room for. */
const MAX_WHY = 256;

/** How an action ended of which nothing was sent; undefined: something may have been sent, or it has not ended. */
function unsentOf({ phase, status }: HealingAction): Unsent | undefined {
  const mark = status.conditions?.find(({ type }) => type === EXECUTED);
  const { reason, message = '' } = status;
  const how = (): Unsent['how'] | undefined => {
    if (phase === 'Cancelled' && (status.attempts ?? 0) === 0) {
      if (reason === 'Rejected') return 'rejected';
      return reason === 'ApprovalExpired' || mark?.reason === PLAN_REFUSED ? 'hindered' : 'withdrawn';
    }
    // One whose record was changed by others may have sent anything: it has no such mark.
    if (phase !== 'Failed' || mark?.status !== 'False') return undefined;
    return mark.reason === WITHDRAWN || reason === 'Interrupted' ? 'withdrawn' : 'hindered';
  };
  return ifGiven(how(), (known) => ({ how: known, why: message.slice(0, MAX_WHY) }));
}

/** The unit that it disrupts. */
export const rootOf = ({ spec, status, metadata }: HealingAction): string =>
  // A person could write the label: of an action made by hand the operator has looked the root up itself.
  (spec.policyRef === undefined ? undefined : metadata.labels?.[LABELS.rootUid]) ??
  status.rootUid ??
  targetOf({ spec, status }).uid;

const policyKey = ({ namespace, name }: { readonly namespace: string; readonly name: string }): string =>
  `${namespace}/${name}`;

export function pastAction(action: HealingAction): PastAction {
  const { spec, status } = action;
  const mark = status.conditions?.find(({ type }) => type === EXECUTED);
  // What it has done stood in a status that somebody has changed: it counts as if it had acted.
  const tampered = action.doubt?.reason === 'StatusTampered' || status.reason === 'StatusTampered';
  const executed = tampered || ((status.attempts ?? 0) > 0 && mark?.status !== 'False');
  // The request may have been on its way for long after the claim; what limits count is when it can last have arrived.
  const sentAt = fromTimestamp(status.effectTime) ?? fromTimestamp(status.lastAttemptTime);
  // What takes an action back is a part of it: it counts once, from the last request of the way back.
  const undoneAt = fromTimestamp(status.undo?.triedAt);
  const lastAttemptAt = undoneAt === undefined ? sentAt : Math.max(undoneAt, sentAt ?? 0);
  const completedAt = fromTimestamp(status.completionTime);
  const episodeStart = fromTimestamp(spec.episode?.startedAt);
  return {
    uid: action.uid,
    namespace: action.namespace,
    name: action.name,
    ...given({ policyUid: spec.policyRef?.uid, policy: ifGiven(spec.policyRef, policyKey) }),
    targetUid: targetOf(action).uid,
    ...given({ targetNamespace: spec.targetResource.namespace }),
    rootUid: rootOf(action),
    targetKind: spec.targetResource.kind,
    template: spec.action.name,
    type: spec.action.type,
    triggers: spec.trigger === undefined ? [] : [spec.trigger],
    dryRun: spec.dryRun,
    phase: action.phase,
    ...given({ ended: isTerminal(action.phase) ? status.reason : undefined }),
    createdAt: action.createdAt ?? 0,
    ...given({ awaits: action.phase === 'Pending' && spec.approvalRequired ? ('approval' as const) : undefined }),
    executed: executed && !spec.dryRun,
    ...given({ unsent: unsentOf(action), lastAttemptAt, completedAt, episodeStart }),
  };
}

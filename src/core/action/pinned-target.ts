/**
 * A person who makes an action may leave out the UID of its target: the object that has the name is meant. The operator
 * looks it up once, before anything is planned, and keeps its UID in the status. From then on another object of that
 * name is not the target, as with every other action.
 */
import type { ActionStatus } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { describeTarget } from '../observation.ts';
import { finish } from './ending.ts';
import { targetOf } from './refs.ts';

/** Only the operator's own actions and those of people who know the UID name it. */
export const lacksUid = (action: HealingAction): boolean =>
  action.spec.policyRef === undefined && targetOf(action).uid === '';

/** `found`: what has the name now, by a live read; undefined when there is none, or when its kind is not served. */
export function pinned(action: HealingAction, found: KubeObject | undefined, now: Instant): ActionStatus {
  const end = (reason: 'TargetGone' | 'OutOfScope', message: string) =>
    finish(action.status, { phase: 'Cancelled', reason, message }, now);
  const what = describeTarget(targetOf(action));
  const uid = found?.metadata.uid;
  if (found === undefined || uid === undefined) return end('TargetGone', `${what} does not exist; nothing was done`);
  // Both times are of the API server, in whole seconds. What came later is not what its author has looked at.
  if ((fromTimestamp(found.metadata.creationTimestamp) ?? 0) > (action.createdAt ?? 0))
    return end(
      'OutOfScope',
      `${what} was created after this action, so that another object may have been meant: make another action when this one is`,
    );
  return { ...action.status, phase: 'Pending', targetUid: uid };
}

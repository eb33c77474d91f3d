/**
 * Capacity that stays away: nodes that an action of ours has cordoned and that nobody has uncordoned since. No trigger
 * fires for them any more, so that nothing else would tell people that the cluster has fewer nodes than it shows.
 */
import { ANNOTATIONS } from '../api/names.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { type Instant, toTimestamp } from '../std/clock.ts';
import { actionOf } from './actions/action-kind.ts';
import { isCordoned } from './actions/cordon.ts';
import type { Announcement } from './announcement.ts';
import { isFinished, type PastAction } from './history.ts';
import type { Cordoner } from './observation.ts';
import type { PlanReason } from './reasons/index.ts';

export interface KeptNode {
  readonly node: KubeObject;
  /** UID of the action whose mark the node bears. */
  readonly actionUid: string;
}

/** Anybody who may change a node may set the mark: it is told of, and nothing is done on it. */
export const keptNodes = (nodes: readonly KubeObject[]): readonly KeptNode[] =>
  nodes.flatMap((node) => {
    const actionUid = actionOf(node.metadata.annotations?.[ANNOTATIONS.attempt]);
    return actionUid !== undefined && isCordoned(node) ? [{ node, actionUid }] : [];
  });

/** A plan has found somebody else in charge of `spec.unschedulable`: from then on the cordon is left to them. */
const NOT_OURS: PlanReason = 'NotOurCordon';

/**
 * The action of the policy whose cordon the node bears. The mark alone is not believed: the action has to be on record,
 * carried out on this node and ended. Undefined: the cordon is somebody else's, or there is none.
 */
export function cordonerOf(
  node: KubeObject,
  { policyUid, history }: { readonly policyUid: string; readonly history: readonly PastAction[] },
): Cordoner | undefined {
  const [kept] = keptNodes([node]);
  if (kept === undefined) return undefined;
  const onNode = history.filter(({ targetUid }) => targetUid === node.metadata.uid);
  const by = onNode.find(({ uid }) => uid === kept.actionUid);
  if (by?.policyUid !== policyUid || !isFinished(by) || !by.executed || by.dryRun) return undefined;
  const { completedAt: since = 0, template, namespace, name } = by;
  const isDisowned = onNode.some(({ ended, completedAt = 0 }) => ended === NOT_OURS && completedAt > since);
  return isDisowned ? undefined : { template, namespace, name };
}

/** The action that has cordoned a node, as far as it is still kept. */
export interface Cordoning {
  /** `namespace/name`. */
  readonly action: string;
  readonly endedAt: Instant;
}

/** A shift: whoever comes next hears of it once, and the same person not all day. */
export const TELL_EVERY_MS = 6 * 3_600_000;

/**
 * Whether people are to be told between two looks: every six hours from the end of the action on. It is a function of
 * the times alone, so that another process of the operator tells them no more often.
 */
export const isDue = (endedAt: Instant, looks: { readonly last: Instant; readonly now: Instant }): boolean => {
  const turn = (at: Instant): number => Math.floor((at - endedAt) / TELL_EVERY_MS);
  return turn(looks.now) > Math.max(0, turn(looks.last));
};

export function keptNews({ node }: KeptNode, by: Cordoning | undefined): Announcement {
  const { name } = node.metadata;
  const how =
    by === undefined
      ? 'by a HealingAction that is no longer kept'
      : `since ${toTimestamp(by.endedAt)}, by HealingAction ${by.action}`;
  return {
    type: 'Warning',
    reason: 'CapacityAway',
    message: `Node ${name} is still cordoned ${how}, and takes no pods. When it is well: kubectl uncordon ${name}. Else replace it`,
    tell: 'people',
  };
}

/**
 * Which HealingApprovals count for an action (I28). An approval counts when
 *
 * - it names the spec and the plan of the action by their digests; a rejection names the spec alone, since it holds for
 *   any plan,
 * - it was made before the action's time for waiting was over, and has not expired itself,
 * - its author is proven: the admission policy was in force when it was made, and so had checked the user name and the
 *   verb `approve`. Configuration may accept it unproven; the record says so.
 *
 * A rejection that counts wins over any approval. The same is judged when the action waits, and on live reads between
 * claim and effect: an approval that was deleted meanwhile is taken back.
 */
import type { Approval } from '../../api/action-status.ts';
import type { HealingApproval } from '../../api/healing-approval.ts';
import { HEALING_APPROVAL } from '../../api/names.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { type Instant, toTimestamp } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { type Guard, type Unproven, unprovenBy } from './guard.ts';

/** Name of the action that an approval is about, in its own namespace. */
export const actionOf = (approval: KubeObject): string =>
  (approval['spec'] as { readonly action?: string } | undefined)?.action ?? '';

/** All that is judged, as data. */
export interface ApprovalScene {
  /** Those that name the action. */
  readonly approvals: readonly HealingApproval[];
  /** Digests of the action as it is now; the plan's is absent while none was made. */
  readonly specHash: string;
  readonly planHash?: string;
  /** After this it is too late. */
  readonly until: Instant;
  readonly guard: Guard;
  readonly unproven: Unproven;
}

export type ApprovalVerdict =
  | { readonly kind: 'none' }
  | { readonly kind: 'approved' | 'rejected'; readonly record: Approval; readonly message: string }
  /** There is a word, and it does not count. */
  | { readonly kind: 'refused'; readonly reason: 'ApprovalUnproven' | 'ApprovalVoid'; readonly message: string };

type Worthless = Extract<ApprovalVerdict, { readonly kind: 'refused' }>;

export function judgeApprovals(scene: ApprovalScene, now: Instant): ApprovalVerdict {
  const oldestFirst = scene.approvals.toSorted((a, b) => a.createdAt - b.createdAt || (a.name < b.name ? -1 : 1));
  const judged = oldestFirst.map((approval) => ({ approval, against: against(approval, scene, now) }));
  for (const decision of ['Reject', 'Approve'] as const) {
    const found = judged.find((one) => one.against === undefined && one.approval.spec.decision === decision);
    if (found !== undefined) return decided(found.approval, scene);
  }
  return judged.at(-1)?.against ?? { kind: 'none' };
}

function decided(approval: HealingApproval, scene: ApprovalScene): ApprovalVerdict {
  const { decision, approvedBy, reason, specHash } = approval.spec;
  const approved = decision === 'Approve';
  const author = unprovenBy(scene.guard, approval.createdAt) === undefined ? 'Proven' : 'Claimed';
  const by = author === 'Proven' ? approvedBy : `somebody who claims to be ${approvedBy}`;
  const record: Approval = {
    required: true,
    approved,
    approvedBy,
    author,
    approvedAt: toTimestamp(approval.createdAt),
    specHash,
    ...given({ reason, planHash: approved ? scene.planHash : undefined }),
  };
  const why = reason === undefined || reason === '' ? '' : `: ${reason}`;
  return approved
    ? { kind: 'approved', record, message: `approved by ${by}${why}` }
    : { kind: 'rejected', record, message: `rejected by ${by}${why}` };
}

/** Why it does not count; undefined when it does. */
function against(approval: HealingApproval, scene: ApprovalScene, now: Instant): Worthless | undefined {
  const { name, spec, createdAt, expiresAt } = approval;
  const refused = (reason: Worthless['reason'], why: string): Worthless => ({
    kind: 'refused',
    reason,
    message: `${HEALING_APPROVAL.kind} ${name} of ${spec.approvedBy} does not count: ${why}`,
  });
  if (spec.specHash !== scene.specHash)
    return refused('ApprovalVoid', 'it was given to another action or spec; read the action and decide again');
  if (spec.decision === 'Approve' && spec.planHash !== scene.planHash)
    return refused('ApprovalVoid', 'it was given to another plan; read the plan as it is now and decide again');
  if (createdAt >= scene.until) return refused('ApprovalVoid', 'it came too late');
  if (expiresAt !== undefined && now >= expiresAt) return refused('ApprovalVoid', 'it has expired');
  const unproven = unprovenBy(scene.guard, createdAt);
  if (unproven === undefined || scene.unproven === 'accept') return undefined;
  return refused(
    'ApprovalUnproven',
    `its author is not proven, since admission policy kubeskippy-approvals ${unproven}`,
  );
}

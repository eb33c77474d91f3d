import { describe, expect, it } from 'vitest';
import { approvalOf, approvalScene, PLAN_HASH, rejectionOf, SPEC_HASH } from '../../../test/kit/approval-data.ts';
import { HOUR, MINUTE, SECOND, T0 } from '../../../test/kit/core-data.ts';
import type { HealingApproval } from '../../api/healing-approval.ts';
import { type ApprovalScene, judgeApprovals } from './approval.ts';

const OTHER = `sha256:${'0'.repeat(64)}`;
const missing = { guard: { state: 'missing', why: 'is not installed' } } as const;

const words = (approvals: readonly HealingApproval[], change: Partial<ApprovalScene> = {}, now = 2 * MINUTE) => {
  const judged = judgeApprovals(approvalScene({ approvals, ...change }), T0 + now);
  return judged.kind === 'refused' ? judged.reason : judged.kind;
};

describe('the word of people on an action (I28)', () => {
  it.each<[string, readonly HealingApproval[], Partial<ApprovalScene>, string]>([
    ['is missing while there is none', [], {}, 'none'],
    ['approves the spec and the plan', [approvalOf()], {}, 'approved'],
    ['rejects', [rejectionOf()], {}, 'rejected'],
    ['rejects whatever the plan', [rejectionOf({ planHash: OTHER })], {}, 'rejected'],
    ['rejects, though another approved before', [approvalOf(), rejectionOf({ at: 90 * SECOND })], {}, 'rejected'],
    ['says nothing of another spec', [approvalOf({ specHash: OTHER })], {}, 'ApprovalVoid'],
    ['rejects no other spec', [rejectionOf({ specHash: OTHER })], {}, 'ApprovalVoid'],
    ['says nothing of another plan', [approvalOf({ planHash: OTHER })], {}, 'ApprovalVoid'],
    ['says nothing before there is a plan', [approvalOf()], { planHash: OTHER }, 'ApprovalVoid'],
    ['comes too late', [approvalOf({ at: 30 * MINUTE })], {}, 'ApprovalVoid'],
    ['has expired', [approvalOf({ until: 2 * MINUTE })], {}, 'ApprovalVoid'],
    ['has not expired yet', [approvalOf({ until: 2 * MINUTE + 1 })], {}, 'approved'],
    ['is unproven without the policy', [approvalOf()], missing, 'ApprovalUnproven'],
    ['rejects nothing without the policy', [rejectionOf()], missing, 'ApprovalUnproven'],
    [
      'is unproven where the policy came after it',
      [approvalOf()],
      { guard: { state: 'in force', since: T0 + MINUTE + SECOND } },
      'ApprovalUnproven',
    ],
    [
      'is unproven where the policy came just before it',
      [approvalOf()],
      { guard: { state: 'in force', since: T0 + 55 * SECOND } },
      'ApprovalUnproven',
    ],
    [
      'is accepted unproven where configuration says so',
      [approvalOf()],
      { ...missing, unproven: 'accept' },
      'approved',
    ],
    ['counts beside one that does not', [approvalOf(), approvalOf({ name: 'old', planHash: OTHER })], {}, 'approved'],
  ])('%s', (_title, approvals, change, verdict) => {
    expect(words(approvals, change)).toBe(verdict);
  });

  it('counts when it was given in time, however late it is noticed', () => {
    expect(words([approvalOf()], {}, HOUR)).toBe('approved');
  });

  it('is recorded with its author, who is proven or claimed', () => {
    const [proven, claimed] = [{}, { ...missing, unproven: 'accept' } as const].map((change) =>
      judgeApprovals(approvalScene({ approvals: [approvalOf({ reason: 'seen' })], ...change }), T0 + 2 * MINUTE),
    );
    expect(proven).toEqual({
      kind: 'approved',
      message: 'approved by ann: seen',
      record: {
        required: true,
        approved: true,
        approvedBy: 'ann',
        author: 'Proven',
        approvedAt: '2026-01-01T00:01:00Z',
        reason: 'seen',
        specHash: SPEC_HASH,
        planHash: PLAN_HASH,
      },
    });
    expect(claimed).toMatchObject({
      message: 'approved by somebody who claims to be ann: seen',
      record: { author: 'Claimed' },
    });
  });

  it('that does not count says whose it is, and why', () => {
    expect(judgeApprovals(approvalScene({ approvals: [approvalOf()], ...missing }), T0 + 2 * MINUTE)).toMatchObject({
      message:
        'HealingApproval yes of ann does not count: its author is not proven, since admission policy kubeskippy-approvals is not installed',
    });
  });
});

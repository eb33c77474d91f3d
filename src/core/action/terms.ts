/** What an action keeps to of the safety rules of its policy; the defaults hold for one that was made by hand. */
import type { HealingPolicy, SafetyRules } from '../../api/policy.ts';

export interface Terms {
  readonly approvalTimeoutMs: number;
  readonly healthCheckTimeoutMs: number;
  readonly contention: SafetyRules['contention'];
  readonly replacement: SafetyRules['replacement'];
  /** Whether what did not help is taken back. */
  readonly undo: 'wanted' | 'unwanted';
}

const BY_HAND: Terms = {
  // The defaults of a policy's safety rules.
  approvalTimeoutMs: 1_800_000,
  healthCheckTimeoutMs: 300_000,
  contention: 'refuse',
  replacement: 'refuse',
  undo: 'wanted',
};

export function termsOf(policy: Pick<HealingPolicy, 'safety'> | undefined): Terms {
  if (policy === undefined) return BY_HAND;
  const { approvalTimeoutMs, healthCheckTimeoutMs, contention, replacement, undoOnFailure } = policy.safety;
  const undo = undoOnFailure ? 'wanted' : 'unwanted';
  return { approvalTimeoutMs, healthCheckTimeoutMs, contention, replacement, undo };
}

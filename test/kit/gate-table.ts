/** Tables of what a gate allows and refuses. */
import { describe, expect, it } from 'vitest';
import type { Gate, Proposal, Verdict } from '../../src/core/gates/proposal.ts';
import { ALLOW } from '../../src/core/gates/proposal.ts';
import { proposal, T0 } from './core-data.ts';

/**
 * A title, what is different from a proposal that every gate allows, and a part of the refusal; undefined when it is
 * allowed. The number is when it could change.
 */
export type GateRow = [
  title: string,
  change: Partial<Proposal>,
  refusal: string | undefined,
  retryAt?: number | undefined,
];

export function gateTable(gate: Gate, rows: readonly GateRow[]): void {
  describe(gate.reason, () => {
    it.each(rows)('%s', (_title, change, text, retryAt) => {
      expectVerdict(gate.check(proposal(change), T0), gate, { text, retryAt });
    });
  });
}

export function expectVerdict(
  verdict: Verdict,
  { reason }: Gate,
  { text, retryAt }: { readonly text: string | undefined; readonly retryAt?: number | undefined },
): void {
  if (text === undefined) {
    expect(verdict).toEqual(ALLOW);
    return;
  }
  expect(verdict).toMatchObject({ allow: false, reason, message: expect.stringContaining(text) as string });
  if (!verdict.allow) expect(verdict.retryAt).toBe(retryAt);
}

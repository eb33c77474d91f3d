/** Gate by gate: what it saw, what it says, and what would have to differ for it to let the action pass. */
import type { Instant } from '../../std/clock.ts';
import { gates, type GateView, judgeEach } from '../gates/index.ts';
import type { Gate, Proposal, Verdict } from '../gates/proposal.ts';
import { REASONS } from '../reasons/index.ts';
import { secondAfter } from './instants.ts';

export interface ExplainedGate {
  readonly gate: string;
  readonly verdict: 'allows' | 'refuses';
  readonly seen: string;
  /** What would have to differ, of one that refuses. */
  readonly differs?: string;
}

/** Also after the first refusal, which is the one that decides. */
export const explainGates = (
  proposal: Proposal,
  now: Instant,
  asked: readonly Gate[] = gates,
): readonly ExplainedGate[] =>
  judgeEach(proposal, now, asked).map((view) => explained(view, passesAt({ proposal, asked, view }, now)));

function explained({ gate, verdict, seen }: GateView, passes: Instant | undefined): ExplainedGate {
  if (verdict.allow) return { gate, verdict: 'allows', seen };
  const { todo } = REASONS.gates.reasons[gate];
  const differs = passes === undefined ? todo : `an action would pass from ${secondAfter(passes)} on`;
  return { gate, verdict: 'refuses', seen, differs };
}

/** Each look is further on: the hour of actions at the default limit of the operator frees a place at each of them. */
const MAX_LOOKS = 60;
/** Windows that follow each other without a gap for longer are not looked through to their end. */
const MAX_AHEAD_MS = 24 * 3_600_000;

/** When the gate passes by the passing of time alone, all else as it is; undefined when that cannot be told. */
function passesAt(
  of: { readonly proposal: Proposal; readonly asked: readonly Gate[]; readonly view: GateView },
  now: Instant,
): Instant | undefined {
  const alone = of.asked.filter(({ reason }) => reason === of.view.gate);
  const look = (at: Instant): Verdict | undefined => judgeEach(of.proposal, at, alone)[0]?.verdict;
  let verdict: Verdict | undefined = of.view.verdict;
  let at = now;
  for (let looks = 0; looks < MAX_LOOKS; looks++) {
    if (verdict === undefined || verdict.allow) return at;
    if (verdict.retryAt === undefined || verdict.retryAt <= at || at > now + MAX_AHEAD_MS) return undefined;
    at = verdict.retryAt;
    verdict = look(at);
  }
  return undefined;
}

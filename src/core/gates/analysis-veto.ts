import { causeText, objectionTo } from '../analysis/standing.ts';
import { ALLOW, type Gate, type ProposalPolicy, refuse } from './proposal.ts';

/** A look that says the same as the one before is repeated after two minutes, and then more rarely. */
const LOOK_AGAIN_MS = 120_000;

const vetoes = (policy: ProposalPolicy | undefined): boolean => policy?.analysis.mode === 'veto';

/** Which action is next, or whether any is, depends on the cause. */
const awaitsCause = (policy: ProposalPolicy | undefined): boolean =>
  vetoes(policy) || (policy?.analysis.mode === 'advise' && policy.analysis.order === 'cause');

/**
 * The cause is known, and the action cannot help or does harm. The policy asks for it: in mode `veto` alone. Analysis
 * holds back and does nothing else; what it does not know stands in no action's way.
 */
export const analysisVeto: Gate = {
  reason: 'AnalysisVeto',
  check: ({ policy, analysis, actionType }, now) => {
    if (analysis === undefined) return ALLOW;
    const { at = now, awaitedUntil = 0 } = analysis;
    const objection = vetoes(policy) ? objectionTo(analysis, actionType) : undefined;
    if (objection !== undefined) {
      const looks = Math.max(0, Math.floor((now - at) / LOOK_AGAIN_MS)) + 1;
      return refuse('AnalysisVeto', objection, at + looks * LOOK_AGAIN_MS);
    }
    if (awaitsCause(policy) && now < awaitedUntil)
      return refuse('AnalysisVeto', 'the cause is being looked for', awaitedUntil);
    return ALLOW;
  },
  passed: ({ policy, analysis }) => {
    if (!vetoes(policy)) return 'the policy does not let the analysis hold its actions back';
    return analysis?.at === undefined ? 'nothing is known of the cause' : causeText(analysis);
  },
};

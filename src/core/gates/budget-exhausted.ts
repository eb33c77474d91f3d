import { traitsOf } from '../actions/index.ts';
import { isActive } from '../history.ts';
import { ALLOW, type Gate, refuse } from './proposal.ts';

/**
 * Something else is in flight on the same target or owner chain, or as much as the policy or the operator allows at
 * once (I14, I20).
 */
export const budgetExhausted: Gate = {
  reason: 'BudgetExhausted',
  check: ({ target, chain, policy, limits, history, actionType }) => {
    const active = history.filter(isActive);
    const lineage = new Set([target.uid, ...chain.map((owner) => owner.metadata.uid ?? '')]);
    const rival = active.find((action) => lineage.has(action.rootUid) || lineage.has(action.targetUid));
    if (rival !== undefined)
      return refuse(
        'BudgetExhausted',
        `action ${rival.namespace}/${rival.name} is in flight on the same workload (${rival.phase})`,
      );
    if (traitsOf(actionType).takesNode) {
      const other = active.find(({ targetKind }) => targetKind === 'Node');
      if (other !== undefined)
        return refuse(
          'BudgetExhausted',
          `action ${other.namespace}/${other.name} is in flight on another node (${other.phase}); nodes are taken away one at a time`,
        );
    }
    if (policy !== undefined) {
      const own = active.filter((action) => action.policyUid === policy.uid).length;
      if (own >= policy.safety.maxConcurrent)
        return refuse(
          'BudgetExhausted',
          `policy ${policy.namespace}/${policy.name}: ${own} of ${policy.safety.maxConcurrent} actions in flight`,
        );
    }
    if (active.length >= limits.maxConcurrent)
      return refuse('BudgetExhausted', `operator: ${active.length} of ${limits.maxConcurrent} actions in flight`);
    return ALLOW;
  },
  passed: ({ policy, limits, history }) => {
    const active = history.filter(isActive);
    const own = active.filter((action) => action.policyUid === policy?.uid).length;
    const ours =
      policy === undefined
        ? ''
        : `policy ${policy.namespace}/${policy.name}: ${own} of ${policy.safety.maxConcurrent}; `;
    return `nothing is in flight on this workload; ${ours}operator: ${active.length} of ${limits.maxConcurrent} actions in flight`;
  },
};

import { traitsOf } from '../actions/index.ts';
import { isActive, type PastAction } from '../history.ts';
import { ALLOW, type Gate, type Proposal, refuse } from './proposal.ts';

/**
 * Something else is in flight on the same target or owner chain, or as much as the policy or the operator allows at
 * once (I14, I20).
 */
export const budgetExhausted: Gate = {
  reason: 'BudgetExhausted',
  check: (proposal) => {
    const active = proposal.history.filter(isActive);
    const why = onSameWorkload(proposal, active) ?? onOtherNode(proposal, active) ?? spent(proposal, active);
    return why === undefined ? ALLOW : refuse('BudgetExhausted', why);
  },
  passed: (proposal) => {
    const budgets = budgetsOf(proposal, proposal.history.filter(isActive)).map(inWords);
    return `nothing is in flight on this workload; ${budgets.join('; ')} actions in flight`;
  },
};

function onSameWorkload({ target, chain }: Proposal, active: readonly PastAction[]): string | undefined {
  const lineage = new Set([target.uid, ...chain.map((owner) => owner.metadata.uid ?? '')]);
  const rival = active.find((action) => lineage.has(action.rootUid) || lineage.has(action.targetUid));
  return rival && `action ${rival.namespace}/${rival.name} is in flight on the same workload (${rival.phase})`;
}

function onOtherNode({ actionType }: Proposal, active: readonly PastAction[]): string | undefined {
  if (!traitsOf(actionType).takesNode) return undefined;
  const other = active.find(({ targetKind }) => targetKind === 'Node');
  if (other === undefined) return undefined;
  return `action ${other.namespace}/${other.name} is in flight on another node (${other.phase}); nodes are taken away one at a time`;
}

function spent(proposal: Proposal, active: readonly PastAction[]): string | undefined {
  const budget = budgetsOf(proposal, active).find(({ count, max }) => count >= max);
  return budget && `${inWords(budget)} actions in flight`;
}

interface Budget {
  readonly whose: string;
  readonly count: number;
  readonly max: number;
}

function budgetsOf({ policy, limits }: Proposal, active: readonly PastAction[]): readonly Budget[] {
  const all = { whose: 'operator', count: active.length, max: limits.maxConcurrent };
  if (policy === undefined) return [all];
  const { uid, name, namespace, safety } = policy;
  const count = active.filter((action) => action.policyUid === uid).length;
  return [{ whose: `policy ${namespace}/${name}`, count, max: safety.maxConcurrent }, all];
}

const inWords = ({ whose, count, max }: Budget): string => `${whose}: ${count} of ${max}`;

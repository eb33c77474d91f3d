import { traitsOf } from '../actions/index.ts';
import type { Instant } from '../../std/clock.ts';
import { isActive, type PastAction, placeFreeAt, takesPlace } from '../history.ts';
import { ALLOW, type Gate, namespaceOf, type Proposal, refuse, shareOf } from './proposal.ts';

/**
 * Something else is in flight on the same target or owner chain, or as much as the policy, the namespace or the
 * operator allows at once (I14, I20). What only waits stands against its own workload and its own policy alone.
 */
export const budgetExhausted: Gate = {
  reason: 'BudgetExhausted',
  check: (proposal, now) => {
    const active = proposal.history.filter(isActive);
    const why = onSameWorkload(proposal, active);
    if (why !== undefined) return refuse('BudgetExhausted', why);
    const placed = active.filter((action) => takesPlace(action, now));
    const other = onOtherNode(proposal, placed) ?? spent(proposal, active, placed);
    return other === undefined ? ALLOW : refuse('BudgetExhausted', other, freeAt(placed));
  },
  passed: (proposal, now) => {
    const active = proposal.history.filter(isActive);
    const placed = active.filter((action) => takesPlace(action, now));
    const budgets = budgetsOf(proposal, active, placed).map(inWords);
    return `nothing is in flight on this workload; ${budgets.join('; ')} actions in flight`;
  },
};

/** An object and its owners lie in one namespace: what an action of another one names is not this workload. */
function onSameWorkload({ target, chain }: Proposal, active: readonly PastAction[]): string | undefined {
  const lineage = [
    { uid: target.uid, namespace: target.namespace },
    ...chain.map(({ metadata }) => ({ uid: metadata.uid ?? '', namespace: metadata.namespace })),
  ];
  const rival = active.find((action) =>
    lineage.some(
      ({ uid, namespace = action.namespace }) =>
        namespace === action.namespace && (uid === action.rootUid || uid === action.targetUid),
    ),
  );
  return rival && `action ${rival.namespace}/${rival.name} is in flight on the same workload (${rival.phase})`;
}

function onOtherNode({ actionType }: Proposal, placed: readonly PastAction[]): string | undefined {
  if (!traitsOf(actionType).takesNode) return undefined;
  const other = placed.find(({ targetKind }) => targetKind === 'Node');
  if (other === undefined) return undefined;
  return `action ${other.namespace}/${other.name} is in flight on another node (${other.phase}); nodes are taken away one at a time`;
}

function spent(proposal: Proposal, active: readonly PastAction[], placed: readonly PastAction[]): string | undefined {
  const budget = budgetsOf(proposal, active, placed).find(({ count, max }) => count >= max);
  return budget && `${inWords(budget)} actions in flight`;
}

/** When a place is given back even if nothing happens. */
function freeAt(placed: readonly PastAction[]): Instant | undefined {
  const first = Math.min(...placed.map(placeFreeAt));
  return Number.isFinite(first) ? first : undefined;
}

interface Budget {
  readonly whose: string;
  readonly count: number;
  readonly max: number;
}

function budgetsOf(
  proposal: Proposal,
  active: readonly PastAction[],
  placed: readonly PastAction[],
): readonly Budget[] {
  const { policy, limits } = proposal;
  const namespace = namespaceOf(proposal);
  const ofThis = (actions: readonly PastAction[]): number =>
    actions.filter((action) => action.namespace === namespace).length;
  const all = [
    { whose: 'operator', count: placed.length, max: limits.maxConcurrent },
    { whose: `namespace ${namespace}`, count: ofThis(placed), max: shareOf(limits, limits.maxConcurrent) },
    {
      whose: `namespace ${namespace} with what waits`,
      count: ofThis(active),
      max: limits.namespaceLimits.unfinishedActions,
    },
  ];
  if (policy === undefined) return all;
  const { uid, name, safety } = policy;
  const count = active.filter((action) => action.policyUid === uid).length;
  return [{ whose: `policy ${policy.namespace}/${name}`, count, max: safety.maxConcurrent }, ...all];
}

const inWords = ({ whose, count, max }: Budget): string => `${whose}: ${count} of ${max}`;

import { traitsOf } from '../actions/index.ts';
import type { Instant } from '../../std/clock.ts';
import { isActive, isOfPolicy, type PastAction, placeFreeAt, takesPlace } from '../history.ts';
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

/**
 * An action on the target, on one of its controllers, or on another part of what these control. All of them lie in one
 * namespace: an object elsewhere can name any UID as its owner.
 */
function onSameWorkload({ target, chain }: Proposal, active: readonly PastAction[]): string | undefined {
  const lineage = new Set([target.uid, ...chain.map(({ metadata }) => metadata.uid ?? '')]);
  const rival = active.find(({ targetUid, targetNamespace, rootUid }) =>
    targetNamespace === target.namespace ? lineage.has(targetUid) || lineage.has(rootUid) : targetUid === target.uid,
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
  const { name, safety } = policy;
  const count = active.filter((action) => isOfPolicy(action, policy)).length;
  return [{ whose: `policy ${policy.namespace}/${name}`, count, max: safety.maxConcurrent }, ...all];
}

const inWords = ({ whose, count, max }: Budget): string => `${whose}: ${count} of ${max}`;

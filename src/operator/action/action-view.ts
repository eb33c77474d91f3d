/** Gathers the input that the next step of an action is decided on, from the caches. */
import { isTerminal } from '../../api/action-status.ts';
import type { HealingAction, ParsedAction } from '../../api/parse-action.ts';
import type { Problem } from '../../api/problem.ts';
import type { GateScene } from '../../core/action/action-gates.ts';
import type { ApprovalScene } from '../../core/authority/approval.ts';
import type { AuthorScene } from '../../core/authority/hand-made.ts';
import type { ScopeRules } from '../../core/target/scope.ts';
import { isUntouched } from '../../core/action/step-action.ts';
import { termsOf } from '../../core/action/terms.ts';
import type { ActionRegistry } from '../../core/actions/index.ts';
import type { ReconcileResult } from '../../kube/controller.ts';
import { parseKey } from '../../kube/resource.ts';
import { type Clock, fromTimestamp, type Instant } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { ActionPlaces } from '../action-places.ts';
import type { ActionStore } from '../action-store.ts';
import { policyOf, type PolicyReads } from '../policy-store.ts';
import type { OperatorConfig } from '../ports.ts';
import type { Seeing } from '../roles.ts';
import type { Gathered } from './action-lap.ts';
import { RECHECK_MS } from './lap-input.ts';

export interface ActionGathering {
  readonly clock: Pick<Clock, 'now'>;
  readonly config: Pick<OperatorConfig, 'policyNamespace'>;
  readonly share: Pick<Seeing['share'], 'includes'>;
  readonly actions: Pick<ActionStore, 'visible' | 'get' | 'releaseUnreadable'>;
  readonly policies: Pick<PolicyReads, 'get'>;
  readonly places: Pick<ActionPlaces, 'without'>;
  readonly registry: Pick<ActionRegistry, 'find'>;
  /** Text of the kill switch when it is thrown. */
  readonly paused: () => string | undefined;
  /** What the gates judge, by the caches. */
  readonly gates: (action: HealingAction) => Promise<GateScene>;
  /** What people have said, by the caches. */
  readonly approval: (action: HealingAction) => Promise<ApprovalScene | undefined>;
  /** The keys of the seal, by a live read. */
  readonly rereadKeys: () => Promise<void>;
  /** What proves the author of an action made by hand, by live reads. */
  readonly author: (action: HealingAction) => Promise<AuthorScene | undefined>;
  /** Until when a person is asked later, since the cause of what they are asked about is being looked for. */
  readonly lookEnds: (action: HealingAction) => Instant | undefined;
  readonly scope: ScopeRules;
  /** False after the lease's renew deadline (I33). */
  readonly mayAct: () => boolean;
  /** Tells people that this action is left alone, and why. */
  readonly unreadable: (key: string, problems: readonly Problem[]) => void;
}

/** The cache shows this process's own last write within milliseconds, or the watch has broken. */
const OWN_WRITE_MS = 50;

/** An action is given up for a wrong seal only when the keys, as they are now, do not know it. */
async function believable({ actions, rereadKeys }: ActionGathering, key: string): Promise<ParsedAction | undefined> {
  const parsed = actions.get(key);
  if (parsed?.action?.doubt === undefined || isTerminal(parsed.action.phase)) return parsed;
  await rereadKeys();
  return actions.get(key);
}

export async function gatherAction(from: ActionGathering, key: string): Promise<Gathered | ReconcileResult> {
  const { clock, config, actions, policies } = from;
  if (!actions.visible(key)) return { wakeAt: clock.now() + OWN_WRITE_MS };
  const parsed = await believable(from, key);
  if (parsed === undefined) return {};
  const { action, problems } = parsed;
  if (!from.share.includes(action?.spec.policyRef?.namespace ?? parseKey(key).namespace ?? '')) return {};
  if (action === undefined) {
    // Its deletion would hang for ever.
    if (from.mayAct()) await actions.releaseUnreadable(key);
    from.unreadable(key, problems);
    return {};
  }
  const { policyRef } = action.spec;
  if (config.policyNamespace !== undefined && policyRef?.namespace !== config.policyNamespace) return {};
  if (!from.mayAct()) return { wakeAt: clock.now() + RECHECK_MS };
  const policy = policyOf(policies, policyRef);
  const terms = termsOf(policy);
  const kind = from.registry.find(action.spec.action);
  const deletedAt = fromTimestamp(action.metadata.deletionTimestamp);
  const lap = { action, policy, terms, kind: 'whyNot' in kind ? undefined : kind.value };
  const noPlace = isUntouched(action) ? from.places.without(key) : undefined;
  // Nothing is read for it: there can be as many of these as somebody cares to make.
  if (noPlace !== undefined)
    return { input: lap, seen: { action, noPlace, undo: terms.undo, ...given({ deletedAt }) } };
  const waiting = action.phase === 'Pending';
  const asksAt = waiting && action.spec.approvalRequired ? from.lookEnds(action) : undefined;
  if (asksAt !== undefined && asksAt > clock.now()) return { wakeAt: asksAt };
  // Later phases have their own judgement, on live reads. What waits for a person may have recovered meanwhile.
  const judged = action.phase === 'Approved' || (waiting && action.spec.approvalRequired && policyRef !== undefined);
  const gates = judged ? await from.gates(action) : undefined;
  const approval = waiting ? await from.approval(action) : undefined;
  const author = waiting ? await from.author(action) : undefined;
  const handMade = ifGiven(author, (known) => ({ scope: from.scope, author: known }));
  return {
    input: lap,
    seen: { action, undo: terms.undo, ...given({ gates, approval, handMade, paused: from.paused(), deletedAt }) },
  };
}

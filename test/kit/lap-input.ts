/** What laps over actions are given in their tests. */
import type { ActionStatus } from '../../src/api/action-status.ts';
import type { HealingAction } from '../../src/api/parse-action.ts';
import type { GateScene } from '../../src/core/action/action-gates.ts';
import { termsOf } from '../../src/core/action/terms.ts';
import type { ActionKind } from '../../src/core/actions/action-kind.ts';
import { restart } from '../../src/core/actions/restart.ts';
import type { DecisionMade } from '../../src/core/replay/decision-record.ts';
import type { CommitAction, LapInput } from '../../src/operator/action/lap-input.ts';
import type { Decisions } from '../../src/operator/decisions.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { policyOf, proposal, T0 } from './core-data.ts';

/** A restart under a policy that says nothing special. */
export function lapInput(action: HealingAction, kind: ActionKind | undefined = restart): LapInput {
  const policy = policyOf();
  return { action, policy, kind, terms: termsOf(policy) };
}

/** Without its kind: the type was switched off since. */
export const switchedOff = (action: HealingAction): LapInput => ({ ...lapInput(action), kind: undefined });

/** What gates judge, of an action without a policy whose target is as it should be. */
export function sceneOf(action: HealingAction, change: Partial<GateScene['facts']> = {}): GateScene {
  const { actionType: _type, policy: _policy, ...facts } = proposal();
  return {
    action,
    claim: 'ours',
    scope: { clusterPolicyNamespaces: ['kubeskippy-system'], operatorNamespace: 'kubeskippy-system' },
    facts: { ...facts, ...change },
  };
}

export interface Log {
  /** What happened, in order: `commit Failed TargetGone`, and what the test adds. */
  readonly done: string[];
  readonly committed: ActionStatus[];
  readonly commit: CommitAction;
  readonly clock: VirtualClock;
  /** Decisions that were told. */
  readonly made: DecisionMade[];
  readonly decisions: Decisions;
}

/** Commits as the API server does, and keeps what was committed. */
export function lapLog(): Log {
  const done: string[] = [];
  const committed: ActionStatus[] = [];
  const commit: CommitAction = async (action, status) => {
    done.push(`commit ${status.phase} ${status.reason}`);
    committed.push(status);
    return { ...action, phase: status.phase ?? 'Pending', status };
  };
  const made: DecisionMade[] = [];
  const decisions: Decisions = { made: (decision) => void made.push(decision) };
  return { done, committed, commit, clock: new VirtualClock(T0), made, decisions };
}

/**
 * What a recorded input leaves out (I32). A list of what is kept, not of what is taken away: decisions read little of a
 * policy and nothing of what its actions would write, and what is not in the file cannot leak from it. The shell trims
 * the objects of the cluster to the fields that decisions read.
 */
import type { ActionStatus, Inverse, PlannedRequest } from '../../api/action-status.ts';
import type { HealingAction } from '../../api/parse-action.ts';
import type { Action, HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import type { GateScene } from '../action/action-gates.ts';
import type { ActionStep, StepInput } from '../action/step-action.ts';
import { HOUR_MS, isActive, isOfPolicy, lastEffectAt, type PastAction } from '../history.ts';
import type { Observation } from '../observation.ts';
import type { Decision, Evaluation, EvaluationInput, Facts } from '../target/evaluate-target.ts';

/** The object with the fields that decisions read, and no others. */
export type Trim = (object: KubeObject) => KubeObject;

interface Keeping {
  readonly trim: Trim;
  readonly now: Instant;
}

export const keptTarget = (input: EvaluationInput, keeping: Keeping): EvaluationInput => ({
  policy: keptPolicy(input.policy),
  observation: keptObservation(input.observation, keeping.trim),
  state: input.state,
  facts: keptFacts(input.facts, input.policy, keeping),
});

export const keptEvaluation = (evaluation: Evaluation): Evaluation => ({
  ...evaluation,
  decision: keptDecision(evaluation.decision),
});

const keptDecision = (decision: Decision): Decision =>
  decision.kind === 'propose' || decision.kind === 'would'
    ? { ...decision, action: keptAction(decision.action) }
    : decision;

export const keptStepInput = ({ action, gates, ...rest }: StepInput, keeping: Keeping): StepInput => ({
  ...rest,
  action: keptHealingAction(action),
  ...given({ gates: ifGiven(gates, (scene) => keptScene(scene, keeping)) }),
});

export const keptStep = (step: ActionStep): ActionStep =>
  step.do === 'commit' ? { ...step, status: keptStatus(step.status) } : step;

export function keptScene({ action, named, facts, look, ...rest }: GateScene, keeping: Keeping): GateScene {
  const { trim } = keeping;
  return {
    ...rest,
    ...given({
      look: ifGiven(look, (one) => ({ ...one, observation: keptObservation(one.observation, trim) })),
    }),
    action: keptHealingAction(action),
    facts: keptFacts(facts, action.spec.policyRef, keeping),
    ...given({ named: ifGiven(named, (one) => ({ ...one, ...given({ policy: ifGiven(one.policy, keptPolicy) }) })) }),
  };
}

/** Without its annotations and its status, which no decision reads. */
function keptPolicy(policy: HealingPolicy): HealingPolicy {
  const { name, namespace, uid, generation } = policy;
  const metadata = { name, namespace, uid, generation };
  return { ...policy, metadata, status: {}, actions: policy.actions.map(keptAction) };
}

/** Without its block: a patch, the parameters of a Job or a plugin, the text of a message. */
function keptAction(action: Action): Action {
  const { name, type, priority, requiresApproval } = action;
  return { ...action, template: { name, type, priority, requiresApproval } };
}

const keptObservation = (seen: Observation, trim: Trim): Observation => ({
  ...seen,
  target: trim(seen.target),
  pods: seen.pods.map(trim),
});

interface PolicyNamed {
  readonly uid?: string;
  readonly namespace: string;
  readonly name: string;
}

/** `policy`: undefined of an action that a person made. */
function keptFacts(facts: Facts, policy: PolicyNamed | undefined, { trim, now }: Keeping): Facts {
  const { object, namespace, chain, target } = facts;
  const lineage = new Set([target.uid, ...chain.map(({ metadata }) => metadata.uid)]);
  const concerns = (action: PastAction): boolean =>
    (policy === undefined
      ? action.policyUid === undefined
      : isOfPolicy(action, { ...policy, uid: policy.uid ?? '' })) ||
    lineage.has(action.targetUid) ||
    lineage.has(action.rootUid) ||
    isActive(action) ||
    (lastEffectAt(action) ?? 0) > now - HOUR_MS;
  return {
    ...facts,
    ...given({ object: ifGiven(object, trim), namespace: ifGiven(namespace, trim) }),
    chain: chain.map(trim),
    // Of the rest of the cluster only what counts in a limit: a day of it would be half a megabyte in each file.
    history: facts.history.filter(concerns),
  };
}

function keptHealingAction(action: HealingAction): HealingAction {
  const { name, namespace, uid, labels } = action.metadata;
  const kept = keptAction(action.action);
  return {
    ...action,
    metadata: { name, ...given({ namespace, uid, labels }) },
    spec: { ...action.spec, action: kept.template },
    action: kept,
    status: keptStatus(action.status),
  };
}

/**
 * Without the bodies of requests, the values that they replace, and what was answered: a step asks no more of them than
 * whether they exist.
 */
function keptStatus({ plan, inverses, undo, result: _result, analysis: _said, ...status }: ActionStatus): ActionStatus {
  return {
    ...status,
    ...given({
      plan: ifGiven(plan, (made) => ({ ...made, requests: made.requests.map(keptRequest) })),
      inverses: inverses?.map(keptInverse),
      undo: ifGiven(undo, keptUndo),
    }),
  };
}

const keptRequest = ({ method, path, description }: PlannedRequest | Inverse) => ({ method, path, description });
const keptInverse = (inverse: Inverse): Inverse => ({ ...keptRequest(inverse), guard: {}, restores: {} });
const keptUndo = ({ requests: _sent, ...undo }: NonNullable<ActionStatus['undo']>): NonNullable<ActionStatus['undo']> =>
  undo;

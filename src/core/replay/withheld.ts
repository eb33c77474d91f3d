/**
 * What a recorded input leaves out (I32). A list of what is kept, not of what is taken away: decisions read little of a
 * policy and nothing of what its actions would write, and what is not in the file cannot leak from it. The shell trims
 * the objects of the cluster to the fields that decisions read.
 */
import type { Action, HealingPolicy } from '../../api/policy.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { given, ifGiven } from '../../std/given.ts';
import { HOUR_MS, isActive, lastEffectAt, type PastAction } from '../history.ts';
import type { Observation } from '../observation.ts';
import type { Decision, Evaluation, EvaluationInput, Facts } from '../target/evaluate-target.ts';

/** The object with the fields that decisions read, and no others. */
export type Trim = (object: KubeObject) => KubeObject;

export const keptTarget = (input: EvaluationInput, trim: Trim, now: Instant): EvaluationInput => ({
  policy: keptPolicy(input.policy),
  observation: keptObservation(input.observation, trim),
  state: input.state,
  facts: keptFacts(input.facts, { trim, policyUid: input.policy.uid, now }),
});

export const keptEvaluation = (evaluation: Evaluation): Evaluation => ({
  ...evaluation,
  decision: keptDecision(evaluation.decision),
});

const keptDecision = (decision: Decision): Decision =>
  decision.kind === 'propose' || decision.kind === 'would'
    ? { ...decision, action: keptAction(decision.action) }
    : decision;

/** Without its annotations and its status, which no decision reads. */
function keptPolicy(policy: HealingPolicy): HealingPolicy {
  const { name, namespace, uid, generation } = policy;
  return {
    ...policy,
    metadata: { name, namespace, uid, generation },
    status: {},
    actions: policy.actions.map(keptAction),
  };
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

interface Keeping {
  readonly trim: Trim;
  /** Undefined: of an action that a person made. */
  readonly policyUid: string | undefined;
  readonly now: Instant;
}

function keptFacts(facts: Facts, { trim, policyUid, now }: Keeping): Facts {
  const { object, namespace, chain, target } = facts;
  const lineage = new Set([target.uid, ...chain.map(({ metadata }) => metadata.uid)]);
  const concerns = (action: PastAction): boolean =>
    action.policyUid === policyUid ||
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

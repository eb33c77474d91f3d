/**
 * The gates of an action that exists already. They are asked twice: on the caches before the action is claimed, and on
 * live reads between claim and effect (I8, I9, I24, I26). There is one judgement; the shell gathers the scene in two
 * ways.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { fromTimestamp, type Instant } from '../../std/clock.ts';
import { given } from '../../std/given.ts';
import { type ApprovalScene, judgeApprovals } from '../authority/approval.ts';
import { type AuthorScene, handMadeRefusal } from '../authority/hand-made.ts';
import { continuingGates, gates, judge } from '../gates/index.ts';
import { type Gate, type Proposal, type Refusal, refuse, type Verdict } from '../gates/proposal.ts';
import { deviationOf } from './derived-spec.ts';
import { cooldownOf, type Facts, proposalOf } from '../target/evaluate-target.ts';
import { outsideScope, type ScopeRules } from '../target/scope.ts';
import { type TriggerAnswer, type TriggerLook, triggerNow } from './trigger-now.ts';

/** Another process has changed the action since this one claimed it: it is not ours to write any more. */
export const CLAIM_LOST = 'ClaimLost';

/** The policy that has the name which the action names. */
export interface NamedPolicy {
  readonly uid?: string;
  readonly generation?: number;
  /** Absent when nothing of it can be used. */
  readonly policy?: HealingPolicy;
}

export interface GateScene {
  readonly action: HealingAction;
  /** `lost`: the action is not as this process left it. */
  readonly claim: 'ours' | 'lost';
  /** Absent when there is none of that name. */
  readonly named?: NamedPolicy;
  readonly facts: Facts;
  readonly scope: ScopeRules;
  /** Of an action that answers a trigger; absent when its target is gone. */
  readonly look?: TriggerLook;
  /** By live reads, of an action that needs approval. */
  readonly approval?: ApprovalScene;
  /** By live reads, of an action made by hand. */
  readonly author?: AuthorScene;
}

/** The gates that are asked, and what they judge. */
export interface Asked {
  readonly proposal: Proposal;
  readonly gates: readonly Gate[];
}

/**
 * An action that `begins` passes all gates. One that has begun `continues` as it was decided, even when its policy is
 * edited, suspended or deleted meanwhile: half of it may be worse than all of it. The kill switch and protection stop
 * it all the same.
 */
export function judgeAction(scene: GateScene, how: 'begins' | 'continues', now: Instant): Verdict {
  const asked = askedOf(scene, how, now);
  return 'gates' in asked ? judge(asked.proposal, now, asked.gates) : asked;
}

/** What the gates are asked; or the refusal without which none of them is. */
export function askedOf(scene: GateScene, how: 'begins' | 'continues', now: Instant): Asked | Refusal {
  if (scene.claim === 'lost') return refuse(CLAIM_LOST, 'somebody else has changed the action since it was claimed');
  return how === 'begins' ? beginning(scene, now) : { proposal: continuing(scene), gates: continuingGates };
}

function continuing({ action, named, facts }: GateScene): Proposal {
  const policy = named?.policy;
  if (policy === undefined) return { ...facts, actionType: action.action.type };
  return proposalOf({ policy: { ...policy, suspend: false }, facts }, action.action, 0);
}

/** What people have to say to it. On cached data nothing is known of that, and nothing is sent. */
function unauthorised({ action, approval, author, scope }: GateScene, now: Instant): Refusal | undefined {
  const handMade = handMadeRefusal(action, { scope, ...given({ author }) });
  if (handMade !== undefined) return refuse(handMade.reason, handMade.message);
  if (!action.spec.approvalRequired || approval === undefined) return undefined;
  const judged = judgeApprovals(approval, now);
  switch (judged.kind) {
    case 'approved':
      return undefined;
    case 'rejected':
      return refuse('Rejected', judged.message);
    case 'refused':
      return refuse(judged.reason, judged.message);
    case 'none':
      return refuse('ApprovalVoid', 'there is no approval of it any more');
  }
}

function beginning(scene: GateScene, now: Instant): Asked | Refusal {
  const { action, named, facts, scope } = scene;
  const unsaid = unauthorised(scene, now);
  if (unsaid !== undefined) return unsaid;
  const { policyRef, trigger, policyGeneration } = action.spec;
  const self = { uid: action.uid, createdAt: action.createdAt ?? 0 };
  if (policyRef === undefined) return { proposal: { ...facts, actionType: action.action.type, self }, gates };
  const changed = (how: string) => refuse('PolicyChanged', `policy ${policyRef.namespace}/${policyRef.name} ${how}`);
  if (named === undefined || named.uid !== policyRef.uid) return changed('is gone');
  if (named.generation !== policyGeneration) return changed('was edited since this was decided');
  const { policy } = named;
  if (policy === undefined) return refuse('PolicyChanged', 'the policy cannot be read any more');
  const deviation = deviationOf(action, policy);
  if (deviation !== undefined) return changed(deviation);
  const outOfScope = facts.object === undefined ? undefined : outsideScope(policy, facts.object, scope);
  const cooldownMs = cooldownOf(policy.triggers, trigger === undefined ? [] : [trigger]);
  const judged = { policy, facts: { ...facts, ...given({ outOfScope }) } };
  const episodeStart = fromTimestamp(action.spec.episode?.startedAt);
  const proposal = { ...proposalOf(judged, action.action, cooldownMs), self, ...given({ episodeStart }) };
  return { proposal: withTrigger(proposal, answerNow(scene, now)), gates };
}

/** Undefined when the action answers no trigger, or when there is nothing to look at. */
function answerNow({ action, named, look }: GateScene, now: Instant): TriggerAnswer | undefined {
  const policy = named?.policy;
  return policy === undefined || look === undefined ? undefined : triggerNow(action, { policy, look }, now);
}

/** Nothing is done on what is not seen (I13). */
function withTrigger(proposal: Proposal, answer: TriggerAnswer | undefined): Proposal {
  if (answer === undefined) return proposal;
  if (answer.state !== 'unseen') return { ...proposal, trigger: answer };
  if (proposal.stale !== undefined) return proposal;
  return {
    ...proposal,
    stale: `trigger ${answer.name} fired, and whether it still does cannot be told: ${answer.detail}`,
  };
}

/** What an action waits to heal is well, for good: its message. */
export function recoveryOf(scene: GateScene, now: Instant): string | undefined {
  const answer = answerNow(scene, now);
  return answer?.state === 'over' ? `trigger ${answer.name} does not hold any more: ${answer.detail}` : undefined;
}

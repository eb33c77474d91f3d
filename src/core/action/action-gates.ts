/**
 * The gates of an action that exists already. They are asked twice: on the caches before the action is claimed, and on
 * live reads between claim and effect (I8, I9, I24, I26). There is one judgement; the shell gathers the scene in two
 * ways.
 */
import type { HealingAction } from '../../api/parse-action.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Instant } from '../../std/clock.ts';
import { continuingGates, judge } from '../gates/index.ts';
import { refuse, type Verdict } from '../gates/proposal.ts';
import { cooldownOf, type Facts, proposalOf } from '../target/evaluate-target.ts';
import { outsideScope, type ScopeRules } from '../target/scope.ts';
import { given } from '../../std/given.ts';

/** Another process has changed the action since this one claimed it: it is not ours to write any more. */
export const CLAIM_LOST = 'ClaimLost';

/** The policy that has the name which the action names. */
export interface NamedPolicy {
  readonly uid: string | undefined;
  readonly generation: number | undefined;
  /** Undefined when nothing of it can be used. */
  readonly policy: HealingPolicy | undefined;
}

export interface GateScene {
  readonly action: HealingAction;
  /** `lost`: the action is not as this process left it. */
  readonly claim: 'ours' | 'lost';
  /** Absent when there is none of that name. */
  readonly named?: NamedPolicy;
  readonly facts: Facts;
  readonly scope: ScopeRules;
}

/**
 * An action that `begins` passes all gates. One that has begun `continues` as it was decided, even when its policy is
 * edited, suspended or deleted meanwhile: half of it may be worse than all of it. The kill switch and protection stop
 * it all the same.
 */
export function judgeAction(scene: GateScene, how: 'begins' | 'continues', now: Instant): Verdict {
  if (scene.claim === 'lost') return refuse(CLAIM_LOST, 'somebody else has changed the action since it was claimed');
  return how === 'begins' ? judgeBeginning(scene, now) : judgeContinuing(scene, now);
}

function judgeContinuing({ action, named, facts }: GateScene, now: Instant): Verdict {
  const policy = named?.policy;
  const proposal =
    policy === undefined
      ? { ...facts, actionType: action.action.type }
      : proposalOf({ policy: { ...policy, suspend: false }, facts }, action.action, 0);
  return judge(proposal, now, continuingGates);
}

function judgeBeginning(scene: GateScene, now: Instant): Verdict {
  const { action, named, facts, scope } = scene;
  const { policyRef, trigger, policyGeneration } = action.spec;
  const self = { uid: action.uid, createdAt: action.createdAt ?? 0 };
  if (policyRef === undefined) return judge({ ...facts, actionType: action.action.type, self }, now);
  const changed = (how: string) => refuse('PolicyChanged', `policy ${policyRef.namespace}/${policyRef.name} ${how}`);
  if (named === undefined || named.uid !== policyRef.uid) return changed('is gone');
  if (named.generation !== policyGeneration) return changed('was edited since this was decided');
  const { policy } = named;
  if (policy === undefined) return refuse('PolicyChanged', 'the policy cannot be read any more');
  if (policy.mode === 'monitor') return changed('is in mode monitor');
  if (policy.mode === 'dryrun' && !action.spec.dryRun) return changed('is in mode dryrun');
  const outOfScope = facts.object === undefined ? undefined : outsideScope(policy, facts.object, scope);
  const cooldownMs = cooldownOf(policy.triggers, trigger === undefined ? [] : [trigger]);
  const judged = { policy, facts: { ...facts, ...given({ outOfScope }) } };
  return judge({ ...proposalOf(judged, action.action, cooldownMs), self }, now);
}

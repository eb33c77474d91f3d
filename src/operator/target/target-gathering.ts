/** Gathers the input of a target's evaluation, from caches alone. */
import type { HealingPolicy } from '../../api/policy.ts';
import { targetRef } from '../../core/observation.ts';
import { outsideScope } from '../../core/target/scope.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { given } from '../../std/given.ts';
import { analysisFacts } from '../analysis/known-causes.ts';
import { cachedFacts, policyFacts } from '../cached-facts.ts';
import { observe } from '../observation.ts';
import type { PolicyEntry } from './policy-book.ts';
import type { Seeing } from '../roles.ts';
import { rememberedState } from './remembered-state.ts';
import type { TargetKey } from './target-key.ts';
import type { Gathered, TargetLap, TargetSeen } from './target-lap.ts';

export const targetGathering = (seeing: Seeing): TargetLap['gather'] => ({
  find: (policy, key) => findTarget(seeing, policy, key),
  remembered: (entry, uid) => rememberedState(seeing, entry, uid),
  input: (entry, seen) => targetInput(seeing, entry, seen),
});

function findTarget({ world, scope }: Seeing, policy: HealingPolicy, key: TargetKey): KubeObject | undefined {
  const object = world.find(key);
  return object === undefined || outsideScope(policy, object, scope) !== undefined ? undefined : object;
}

function targetInput(seeing: Seeing, entry: PolicyEntry, { policy, object, state }: TargetSeen): Gathered {
  const target = targetRef(object);
  const { facts, stop } = policyFacts(seeing, entry);
  const { startedAt } = state;
  const analysis = startedAt === undefined ? undefined : analysisFacts(seeing, { policy, target, since: startedAt });
  const input = {
    policy,
    observation: observe(seeing, { policy, object, effectAt: seeing.history.lastEffectOn(target.uid) }),
    state,
    facts: { ...cachedFacts(seeing, { target, object, policy }), ...facts, ...given({ analysis }) },
  };
  return { input, stop };
}

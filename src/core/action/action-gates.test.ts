import { describe, expect, it } from 'vitest';
import { byHand, claim } from '../../../test/kit/action-data.ts';
import {
  healingAction,
  MINUTE,
  past,
  policyOf,
  proposal,
  running,
  T0,
  WEB,
  workload,
} from '../../../test/kit/core-data.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import type { Facts } from '../target/evaluate-target.ts';
import { type GateScene, judgeAction } from './action-gates.ts';

const { actionType: _type, policy: _policy, ...facts } = proposal();
const FACTS: Facts = facts;
const action = healingAction(claim(), { spec: { policyGeneration: 1 } });
const named = (spec: Record<string, unknown> = {}): NonNullable<GateScene['named']> => ({
  uid: 'policy-uid',
  generation: 1,
  policy: policyOf(spec),
});
const RECREATE = { name: 'restart', type: 'restart', restartAction: { strategy: 'recreate' } };
const SCENE: GateScene = {
  action,
  claim: 'ours',
  named: named(),
  facts: FACTS,
  scope: { clusterPolicyNamespaces: [], operatorNamespace: 'kubeskippy-system' },
};
const { named: _named, ...UNNAMED } = SCENE;

/** `goes`, or why not. */
const inWords = (scene: GateScene, how: 'begins' | 'continues'): string => {
  const verdict = judgeAction(scene, how, T0 + 10 * MINUTE);
  return verdict.allow ? 'goes' : verdict.reason;
};

const unusable: NonNullable<GateScene['named']> = { uid: 'policy-uid', generation: 1 };
const guarding = policyOf({
  safetyRules: { protectedResources: [{ apiVersion: 'apps/v1', kind: 'Deployment', excludeNames: ['web'] }] },
});
const elsewhere = policyOf({ selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] } });
const withPolicy = (policy: HealingPolicy): GateScene => ({ ...SCENE, named: { ...named(), policy } });
const protectedObject = workload('Deployment', { metadata: { labels: { 'kubeskippy.io/protected': 'true' } } });
const withFacts = (change: Partial<Facts>): GateScene => ({ ...SCENE, facts: { ...FACTS, ...change } });

describe('an action that exists already', () => {
  it.each<[string, GateScene, string, string]>([
    ['goes when nothing is against it', SCENE, 'goes', 'goes'],
    ['is not ours any more', { ...SCENE, claim: 'lost' }, 'ClaimLost', 'ClaimLost'],
    // What has begun finishes, whatever becomes of its policy.
    ['its policy is gone', UNNAMED, 'PolicyChanged', 'goes'],
    ['another policy has its name', { ...SCENE, named: { ...named(), uid: 'other' } }, 'PolicyChanged', 'goes'],
    ['its policy was edited (I26)', { ...SCENE, named: { ...named(), generation: 2 } }, 'PolicyChanged', 'goes'],
    ['its policy cannot be used', { ...SCENE, named: unusable }, 'PolicyChanged', 'goes'],
    ['its policy only watches', { ...SCENE, named: named({ mode: 'monitor' }) }, 'PolicyChanged', 'goes'],
    ['its policy wants dry runs', { ...SCENE, named: named({ mode: 'dryrun' }) }, 'PolicyChanged', 'goes'],
    // The version is the same, so only what is derived again tells.
    ['its policy has another template', { ...SCENE, named: named({ actions: [RECREATE] }) }, 'PolicyChanged', 'goes'],
    ['its policy asks a person', { ...SCENE, named: named({ mode: 'manual' }) }, 'PolicyChanged', 'goes'],
    ['its policy names an account', { ...SCENE, named: named({ serviceAccountName: 'a' }) }, 'PolicyChanged', 'goes'],
    ['its policy is suspended', { ...SCENE, named: named({ suspend: true }) }, 'Suspended', 'goes'],
    ['its target lies outside (I27)', withPolicy(elsewhere), 'OutOfScope', 'goes'],
    [
      'its budgets are used up',
      withFacts({ history: [running({ uid: 'older', createdAt: T0 - 1, rootUid: WEB.uid })] }),
      'BudgetExhausted',
      'goes',
    ],
    [
      'its trigger cools down',
      withFacts({ history: [past({ targetUid: WEB.uid, rootUid: WEB.uid, completedAt: T0 + 9 * MINUTE })] }),
      'CoolingDown',
      'goes',
    ],
    // These stop it midway too.
    ['healing is paused', withFacts({ paused: 'the kill switch is thrown' }), 'Suspended', 'Suspended'],
    ['its target is protected by now (I24)', withFacts({ object: protectedObject }), 'Protected', 'Protected'],
    ['its policy protects the target', withPolicy(guarding), 'Protected', 'Protected'],
  ])('%s', (_title, scene, begins, continues) => {
    expect([inWords(scene, 'begins'), inWords(scene, 'continues')]).toEqual([begins, continues]);
  });

  it('that is a dry run goes under a policy that wants dry runs', () => {
    const dry = healingAction(claim(), { spec: { policyGeneration: 1, dryRun: true } });
    expect(inWords({ ...SCENE, action: dry, named: named({ mode: 'dryrun' }) }, 'begins')).toBe('goes');
  });

  it('made by hand asks no policy, and keeps to what holds for all', () => {
    const scene = { ...UNNAMED, action: byHand(action) };
    expect(inWords(scene, 'begins')).toBe('goes');
    const paused = { ...scene, facts: { ...FACTS, paused: 'the kill switch is thrown' } };
    expect([inWords(paused, 'begins'), inWords(paused, 'continues')]).toEqual(['Suspended', 'Suspended']);
  });

  it('does not stand in its own way', () => {
    const self = running({ uid: action.uid, targetUid: WEB.uid, rootUid: WEB.uid });
    expect(inWords(withFacts({ history: [self] }), 'begins')).toBe('goes');
  });
});

import { describe, expect, it } from 'vitest';
import { claim } from '../../../test/kit/action-data.ts';
import { healingAction, policyOf } from '../../../test/kit/core-data.ts';
import type { HealingPolicy } from '../../api/policy.ts';
import { deviationOf, derivedSpec } from './derived-spec.ts';

const RESTART = { name: 'restart', type: 'restart' };
const of = (policy: HealingPolicy, change: object = {}) => {
  const [first] = policy.actions;
  if (first === undefined) throw new Error('no action');
  const { action, ...rest } = derivedSpec(policy, first);
  return healingAction(claim(), { spec: { action, policyGeneration: 1, ...rest, ...change } });
};

describe('an action of a policy, compared with what the policy says now', () => {
  const policy = policyOf({ actions: [RESTART] });

  it('is as it would be made now', () => {
    expect(deviationOf(of(policy), policy)).toBeUndefined();
  });

  it.each<[string, Record<string, unknown>, RegExp]>([
    ['another strategy', { actions: [{ ...RESTART, restartAction: { strategy: 'recreate' } }] }, /another template/],
    ['another type', { actions: [{ name: 'restart', type: 'delete' }] }, /another template/],
    ['no such action', { actions: [{ name: 'other', type: 'restart' }] }, /no action restart/],
    ['approval in the template', { actions: [{ ...RESTART, requiresApproval: true }] }, /template|asks a person/],
    ['approval by its mode', { mode: 'manual', actions: [RESTART] }, /asks a person/],
    ['a dry run', { mode: 'dryrun', actions: [RESTART] }, /mode dryrun/],
    ['nothing done', { mode: 'monitor', actions: [RESTART] }, /mode monitor/],
    ['another account', { serviceAccountName: 'healer', actions: [RESTART] }, /account healer/],
    ['more time', { actions: [{ name: 'restart', type: 'drain', drainAction: { timeout: '2h' } }] }, /template|time/],
  ])('deviates when the policy wants %s', (_what, spec, why) => {
    expect(deviationOf(of(policy), policyOf(spec))).toMatch(why);
  });

  it.each<[string, object, RegExp]>([
    ['approval that the policy wants', { approvalRequired: false }, /asks a person/],
    ['another account', { serviceAccountName: 'default' }, /no account/],
    ['more time', { timeout: '3h' }, /another time/],
    ['another template', { action: { ...RESTART, restartAction: { strategy: 'recreate' } } }, /another template/],
  ])('deviates when it claims %s', (_what, claimed, why) => {
    const manual = policyOf({ mode: 'manual', actions: [RESTART] });
    expect(deviationOf(of(manual, claimed), manual)).toMatch(why);
  });

  it('that is a dry run is less than what its policy allows', () => {
    expect(deviationOf(of(policy, { dryRun: true }), policyOf({ mode: 'dryrun', actions: [RESTART] }))).toBeUndefined();
    expect(deviationOf(of(policy, { dryRun: true }), policy)).toBeUndefined();
  });
});

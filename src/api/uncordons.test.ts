import { describe, expect, it } from 'vitest';
import { policyOf } from '../../test/kit/core-data.ts';
import { MAX_TRIGGERS } from './action-template.ts';
import { parsePolicy } from './parse-policy.ts';

const nodes = { resources: [{ apiVersion: 'v1', kind: 'Node' }] };
const trigger = (name: string) => ({ name, type: 'condition', conditionTrigger: { type: 'Ready', status: 'False' } });
const cordon = { name: 'cordon', type: 'cordon', priority: 70, cordonAction: { healthyFor: '15m' } };
const parsed = (spec: object) =>
  parsePolicy({
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'p', namespace: 'ops', uid: 'u' },
    spec: { mode: 'automatic', selector: nodes, ...spec },
  });

describe('healthyFor', () => {
  it('makes a trigger and an action that answers it alone; no other action does', () => {
    const { triggers, actions } = policyOf({
      selector: nodes,
      triggers: [trigger('down')],
      actions: [cordon, { name: 'tell', type: 'notify', priority: 10 }],
    });
    expect(triggers.map(({ name, type }) => `${type} ${name}`)).toEqual([
      'condition down',
      'cordoned cordon-well-again',
    ]);
    expect(triggers[1]).toMatchObject({ action: 'cordon', durationMs: 900_000 });
    expect(actions.map(({ name, type, triggers: answered }) => [name, type, answered])).toEqual([
      ['cordon', 'cordon', ['down']],
      ['cordon-uncordon', 'uncordon', ['cordon-well-again']],
      ['tell', 'notify', ['down']],
    ]);
  });

  it('omitted makes neither', () => {
    const { triggers, actions } = policyOf({
      selector: nodes,
      triggers: [trigger('down')],
      actions: [{ name: 'c', type: 'cordon' }],
    });
    expect([triggers.length, actions.map(({ triggers: answered }) => answered)]).toEqual([1, [[]]]);
  });

  it('asks a person where its action does', () => {
    const { actions } = policyOf({
      selector: nodes,
      triggers: [trigger('down')],
      actions: [{ ...cordon, requiresApproval: true }],
    });
    expect(actions.map(({ name, requiresApproval }) => [name, requiresApproval])).toEqual([
      ['cordon', true],
      ['cordon-uncordon', true],
    ]);
  });

  it.each<[string, readonly object[], readonly object[]]>([
    ['a trigger of the name', [trigger('cordon-well-again')], [cordon]],
    ['an action of the name', [trigger('down')], [cordon, { name: 'cordon-uncordon', type: 'notify' }]],
    ['no room for one more trigger', Array.from({ length: MAX_TRIGGERS }, (_, i) => trigger(`t-${i}`)), [cordon]],
  ])('is reported where there is %s, and the rest of the policy works', (_title, triggers, actions) => {
    const { policy, problems } = parsed({ triggers, actions });
    expect(problems.map(({ path, action }) => [path, action])).toEqual([['spec.actions[cordon]', 'cordon']]);
    expect(policy?.triggers.map(({ type }) => type)).not.toContain('cordoned');
    expect(policy?.actions.map(({ name }) => name)).toContain('cordon');
  });
});

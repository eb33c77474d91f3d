import { describe, expect, it } from 'vitest';
import { policyOf, T0, workload } from '../../../test/kit/core-data.ts';
import { decidedFields } from '../../operator/trimmed-objects.ts';
import type { Firing } from '../observation.ts';
import { expressionIssue } from './expression.ts';
import { evaluateTrigger } from './index.ts';

function ask(expression: string): Firing {
  const [trigger] = policyOf({
    triggers: [{ name: 'e', type: 'expression', expressionTrigger: { expression } }],
  }).triggers;
  if (trigger === undefined) throw new Error('no trigger');
  const target = workload('Deployment', { status: { readyReplicas: 1 } });
  return evaluateTrigger(trigger, { target, pods: [], events: [] }, T0).firing;
}

describe('an expression', () => {
  it.each<[string, string, Firing['holds']]>([
    ['holds', 'object.status.readyReplicas < object.spec.replicas', 'true'],
    ['does not hold', 'object.status.readyReplicas >= object.spec.replicas', 'false'],
    ['asks whether a field is there', 'has(object.status.collisionCount) && object.status.collisionCount > 1', 'false'],
    ['is not known over a field that is missing', 'object.status.collisionCount > 1', 'unknown'],
    ['is not known where it answers no bool', 'object.spec.replicas', 'unknown'],
    [
      'is not known where it costs more than one look may',
      `['a'].all(a, ${'[1,2,3,4,5,6,7,8,9,10].all(x, '.repeat(7)}true${')'.repeat(7)})`,
      'unknown',
    ],
    ['uses the functions of Kubernetes', "quantity('2Gi').isGreaterThan(quantity('1Gi'))", 'true'],
  ])('%s', (_title, expression, holds) => {
    expect(ask(expression).holds).toBe(holds);
  });

  it('that fails makes its target unknown, which a field that is not there alone does not', () => {
    const failed = (expression: string) => {
      const { holds, noEvidence = false } = ask(expression);
      return [holds, noEvidence];
    };
    expect(failed('object.status.collisionCount > 1')).toEqual(['unknown', true]);
    expect(failed('object.metadata.name > 1')).toEqual(['unknown', false]);
    expect(failed('object.spec.replicas')).toEqual(['unknown', false]);
  });

  it('has its share of what all expressions of the policy may cost', () => {
    const sharing = (count: number) =>
      policyOf({
        triggers: Array.from({ length: count }, (_, index) => ({
          name: `e${index}`,
          type: 'expression',
          expressionTrigger: { expression: 'true' },
        })),
      }).triggers.map((trigger) => ('maxCost' in trigger ? trigger.maxCost : 0));
    expect(sharing(1)).toEqual([100_000]);
    expect(sharing(4)).toEqual([25_000, 25_000, 25_000, 25_000]);
  });
});

describe('the check of an expression', () => {
  const deployment = { kind: 'Deployment', fields: decidedFields('apps/v1', 'Deployment') };
  it.each<[string, string, RegExp | undefined]>([
    ['has nothing against fields that are kept', 'object.spec.replicas > object.status.readyReplicas', undefined],
    [
      'names a field that is not kept',
      "object.spec.serviceName == 'x'",
      /undefined field 'serviceName'.*keeps other fields/s,
    ],
    ['names a field that is not there', 'object.stauts.readyReplicas == 0', /undefined field 'stauts'/],
    ['asks for a bool', '1 + 1', /has to answer true or false, and answers int/],
    ['refuses what does not parse', 'object.spec.replicas >', /Syntax error/],
    ['says that there is no state before the change', 'object.spec == oldObject.spec', /oldObject is not offered/],
  ])('%s', (_title, expression, issue) => {
    const found = expressionIssue(expression, deployment);
    if (issue === undefined) expect(found).toBeUndefined();
    else expect(found).toMatch(issue);
  });
});

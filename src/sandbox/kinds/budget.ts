/** PodDisruptionBudgets. */
import { pathSegmentProblems } from '../../std/names.ts';
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { at, childOf, type Draft, objectsOf } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { conditionErrors } from './condition-errors.ts';
import { atLeastZero, atMostWhole, intOrPercent, oneOf } from './field-checks.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';

function validate(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  const errors: FieldError[] = [];
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // As Go's encoder shows the internal type, which has no field names of its own.
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: policy ?? null,
    };
    errors.push(invalidValue('spec', shown, 'minAvailable and maxUnavailable cannot be both set'));
  }
  for (const [field, value] of Object.entries({ minAvailable, maxUnavailable }))
    errors.push(...intOrPercent(value, `spec.${field}`), ...atMostWhole(value, `spec.${field}`));
  errors.push(...labelSelectorErrors(selector, 'spec.selector'));
  if (policy !== undefined)
    errors.push(...oneOf(policy, 'spec.unhealthyPodEvictionPolicy', ['AlwaysAllow', 'IfHealthyBudget']));
  return errors;
}

export const BUDGET: Strategy = {
  generation: true,
  statusSeparate: true,
  validateName: pathSegmentProblems,
  prepareForCreate: (draft) => {
    draft['status'] = { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  },
  validate,
  validateStatusUpdate: (object) => [
    ...conditionErrors(objectsOf(at(object, 'status', 'conditions')), 'status.conditions'),
    ...['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'].flatMap((field) =>
      atLeastZero(at(object, 'status', field), `status.${field}`),
    ),
  ],
};

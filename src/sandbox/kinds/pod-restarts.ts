/**
 * When a container starts anew of itself: validateContainerRestartPolicy of
 * k8s.io/kubernetes/pkg/apis/core/validation.
 */
import { type FieldError, required, tooMany } from '../machinery/field-errors.ts';
import { asList, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { oneOf } from './field-checks.ts';

/** Of the published limits. */
const MOST_RULES = 20;
const MOST_CODES = 255;

export function containerRestartErrors(container: Draft, path: string): readonly FieldError[] {
  const { restartPolicy: policy } = container;
  const rules = objectsOf(container['restartPolicyRules']);
  const errors: FieldError[] = [];
  if (policy !== undefined) errors.push(...oneOf(policy, `${path}.restartPolicy`, ['Always', 'Never', 'OnFailure']));
  else if (rules.length > 0)
    errors.push(required(`${path}.restartPolicy`, 'must specify restartPolicy when restart rules are used'));
  if (rules.length > MOST_RULES) errors.push(tooMany(`${path}.restartPolicyRules`, rules.length, MOST_RULES));
  for (const [index, rule] of rules.entries()) {
    const field = `${path}.restartPolicyRules[${index}]`;
    errors.push(...oneOf(rule['action'], `${field}.action`, ['Restart', 'RestartAllContainers']));
    if (!isObject(rule['exitCodes'])) {
      errors.push(required(`${field}.exitCodes`, 'must be specified'));
      continue;
    }
    errors.push(...oneOf(at(rule, 'exitCodes', 'operator'), `${field}.exitCodes.operator`, ['In', 'NotIn']));
    const codes = asList(at(rule, 'exitCodes', 'values')).length;
    if (codes > MOST_CODES) errors.push(tooMany(`${field}.exitCodes.values`, codes, MOST_CODES));
  }
  return errors;
}

/** Without a policy, an init container's rules are not looked into. */
export const initRestartErrors = (container: Draft, path: string): readonly FieldError[] =>
  container['restartPolicy'] === undefined
    ? containerRestartErrors(container, path).slice(0, 1)
    : containerRestartErrors(container, path);

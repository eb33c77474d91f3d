/**
 * Label selectors inside objects, checked as k8s.io/apimachinery/pkg/apis/meta/v1/validation.ValidateLabelSelector
 * does.
 */
import { type FieldError, forbiddenField, invalidValue, required } from './field-errors.ts';
import { asList, asObject, asText, at, type Draft, isObject, objectsOf } from './json.ts';
import { labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';

/** Of labels that select: nodeSelector, a Service's selector. */
export function labelMapErrors(labels: unknown, field: string): readonly FieldError[] {
  return Object.entries(asObject(labels) ?? {}).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidValue(field, key, problem)),
    ...labelValueProblems(asText(value)).map((problem) => invalidValue(field, asText(value), problem)),
  ]);
}

function requirementErrors(requirement: Draft, path: string): readonly FieldError[] {
  const values = asList(requirement['values']).map(asText);
  const key = asText(requirement['key']);
  const errors: FieldError[] = [];
  switch (requirement['operator']) {
    case 'In':
    case 'NotIn':
      if (values.length === 0)
        errors.push(required(`${path}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0)
        errors.push(
          forbiddenField(`${path}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
      break;
    default:
      errors.push(invalidValue(`${path}.operator`, asText(requirement['operator']), 'not a valid selector operator'));
  }
  errors.push(...qualifiedNameProblems(key).map((problem) => invalidValue(`${path}.key`, key, problem)));
  for (const [index, value] of values.entries())
    errors.push(
      ...labelValueProblems(value).map((problem) => invalidValue(`${path}.values[${index}]`, value, problem)),
    );
  return errors;
}

/** An absent selector has no errors. */
/** A map in the order in which Go's encoder writes it. */
export const shownMap = (map: Draft): Draft =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));

/** Fields in the order of their declaration, labels sorted; what is empty is left out. */
export function shownSelector(selector: unknown): Draft | null {
  if (!isObject(selector)) return null;
  const labels = asObject(selector['matchLabels']) ?? {};
  const expressions = objectsOf(selector['matchExpressions']);
  return {
    ...(Object.keys(labels).length > 0 ? { matchLabels: shownMap(labels) } : {}),
    ...(expressions.length > 0 ? { matchExpressions: expressions } : {}),
  };
}

export function labelSelectorErrors(selector: unknown, path: string): readonly FieldError[] {
  if (!isObject(selector)) return [];
  return [
    ...labelMapErrors(selector['matchLabels'], `${path}.matchLabels`),
    ...objectsOf(at(selector, 'matchExpressions')).flatMap((requirement, index) =>
      requirementErrors(requirement, `${path}.matchExpressions[${index}]`),
    ),
  ];
}

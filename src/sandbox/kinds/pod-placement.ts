/** Where a pod may run: tolerations, affinity, spread over topologies. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
} from '../machinery/field-errors.ts';
import { asList, asNumber, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems, labelValueProblems, qualifiedNameProblems } from '../../std/names.ts';
import { ofEach } from '../machinery/together.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';
import { labelKeyErrors, PREFERRED, REQUIRED } from './pod-label-keys.ts';

/** Known, and not allowed by default; the refusal names them as if they were. */
const COMPARING = ['Lt', 'Gt'];

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function tolerationErrors(tolerations: unknown, path: string): readonly FieldError[] {
  return ofEach(objectsOf(tolerations), (toleration, index) => {
    const field = `${path}[${index}]`;
    const [key, operator] = [asText(toleration['key']), asText(toleration['operator'])];
    const [value, effect] = [asText(toleration['value']), asText(toleration['effect'])];
    const errors: FieldError[] = key === '' ? [] : [...textErrors(key, `${field}.key`, qualifiedNameProblems)];
    if (key === '' && operator !== 'Exists') {
      const detail = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
      errors.push(invalidValue(`${field}.operator`, operator, detail));
    }
    if (toleration['tolerationSeconds'] !== undefined && effect !== 'NoExecute')
      errors.push(
        invalidValue(`${field}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"),
      );
    if (operator === '' || operator === 'Equal') {
      const problems = labelValueProblems(value);
      if (problems.length > 0) errors.push(invalidValue(`${field}.operator`, value, problems.join(';')));
    } else if (operator !== 'Exists') {
      const others = COMPARING.includes(operator) ? COMPARING : [];
      errors.push(notSupported(`${field}.operator`, operator, ['Equal', 'Exists', ...others]));
    } else if (value !== '')
      errors.push(invalidValue(`${field}.operator`, value, "value must be empty when `operator` is 'Exists'"));
    if (effect !== '') errors.push(...oneOf(effect, `${field}.effect`, TAINT_EFFECTS));
    return errors;
  });
}

function nodeRequirementErrors(requirement: Draft, path: string): readonly FieldError[] {
  const values = asList(requirement['values']).map(asText);
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
    case 'Gt':
    case 'Lt':
      if (values.length !== 1)
        errors.push(required(`${path}.values`, "must be specified single value when `operator` is 'Lt' or 'Gt'"));
      break;
    default:
      errors.push(invalidValue(`${path}.operator`, asText(requirement['operator']), 'not a valid selector operator'));
  }
  return [...errors, ...textErrors(asText(requirement['key']), `${path}.key`, qualifiedNameProblems)];
}

function nodeFieldErrors(requirement: Draft, path: string): readonly FieldError[] {
  const values = asList(requirement['values']).map(asText);
  const { operator } = requirement;
  const key = asText(requirement['key']);
  const errors: FieldError[] = [];
  if (operator !== 'In' && operator !== 'NotIn')
    errors.push(invalidValue(`${path}.operator`, asText(operator), 'not a valid selector operator'));
  else if (values.length !== 1)
    errors.push(
      required(`${path}.values`, "must be only one value when `operator` is 'In' or 'NotIn' for node field selector"),
    );
  if (key !== 'metadata.name') return [...errors, invalidValue(`${path}.key`, key, 'not a valid field selector key')];
  return [
    ...errors,
    ...values.flatMap((value, index) => textErrors(value, `${path}.values[${index}]`, dnsSubdomainProblems)),
  ];
}

/** `values`: whether what a label is compared with must be a label value. Preferences never had to be. */
function nodeTermErrors(term: unknown, path: string, values: 'checked' | 'free'): readonly FieldError[] {
  const expressions = objectsOf(at(term, 'matchExpressions')).flatMap((requirement, index) => {
    const field = `${path}.matchExpressions[${index}]`;
    const given = values === 'free' ? [] : asList(requirement['values']).map(asText);
    return [
      ...nodeRequirementErrors(requirement, field),
      ...given.flatMap((value, place) => textErrors(value, `${field}.values[${place}]`, labelValueProblems)),
    ];
  });
  const fields = objectsOf(at(term, 'matchFields')).flatMap((requirement, index) =>
    nodeFieldErrors(requirement, `${path}.matchFields[${index}]`),
  );
  return [...expressions, ...fields];
}

function weightErrors(weight: unknown, path: string): readonly FieldError[] {
  const number = asNumber(weight) ?? 0;
  return number <= 0 || number > 100 ? [invalidValue(path, number, 'must be in the range 1-100')] : [];
}

function podTermErrors(term: Draft, path: string): readonly FieldError[] {
  const key = asText(term['topologyKey']);
  return [
    ...labelSelectorErrors(term['labelSelector'], `${path}.labelSelector`),
    ...labelSelectorErrors(term['namespaceSelector'], `${path}.namespaceSelector`),
    ...asList(term['namespaces']).flatMap((name) => textErrors(asText(name), `${path}.namespace`, dnsLabelProblems)),
    ...labelKeyErrors(term, path),
    ...(key === '' ? [required(`${path}.topologyKey`, 'can not be empty')] : []),
    ...textErrors(key, `${path}.topologyKey`, qualifiedNameProblems),
  ];
}

/** Of nodes that one of the terms matches. */
export function nodeSelectorErrors(selector: Draft, path: string): readonly FieldError[] {
  const field = `${path}.nodeSelectorTerms`;
  const terms = objectsOf(selector['nodeSelectorTerms']);
  if (terms.length === 0) return [required(field, 'must have at least one node selector term')];
  return terms.flatMap((term, index) => nodeTermErrors(term, `${field}[${index}]`, 'checked'));
}

export function affinityErrors(affinity: unknown, path: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const node = at(affinity, 'nodeAffinity');
  const need = at(node, REQUIRED);
  if (isObject(need)) {
    errors.push(...nodeSelectorErrors(need, `${path}.nodeAffinity.${REQUIRED}`));
  }
  for (const [index, wish] of objectsOf(at(node, PREFERRED)).entries()) {
    const field = `${path}.nodeAffinity.${PREFERRED}[${index}]`;
    errors.push(
      ...weightErrors(wish['weight'], `${field}.weight`),
      ...nodeTermErrors(wish['preference'], `${field}.preference`, 'free'),
    );
  }
  for (const kind of ['podAffinity', 'podAntiAffinity']) {
    for (const [index, term] of objectsOf(at(affinity, kind, REQUIRED)).entries())
      errors.push(...podTermErrors(term, `${path}.${kind}.${REQUIRED}[${index}]`));
    for (const [index, wish] of objectsOf(at(affinity, kind, PREFERRED)).entries()) {
      const field = `${path}.${kind}.${PREFERRED}[${index}]`;
      const term = isObject(wish['podAffinityTerm']) ? wish['podAffinityTerm'] : {};
      errors.push(
        ...weightErrors(wish['weight'], `${field}.weight`),
        ...podTermErrors(term, `${field}.podAffinityTerm`),
      );
    }
  }
  return errors;
}

function minDomainErrors(constraint: Draft, path: string): readonly FieldError[] {
  const { minDomains, whenUnsatisfiable: action } = constraint;
  if (typeof minDomains !== 'number') return [];
  const errors: FieldError[] = minDomains <= 0 ? [invalidValue(path, minDomains, 'must be greater than zero')] : [];
  if (action !== 'DoNotSchedule') {
    const detail = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${asText(action)}`;
    errors.push(invalidValue(path, minDomains, detail));
  }
  return errors;
}

export function spreadErrors(constraints: unknown, path: string): readonly FieldError[] {
  const all = objectsOf(constraints);
  return all.flatMap((constraint, index) => {
    const field = `${path}[${index}]`;
    const { maxSkew, topologyKey, whenUnsatisfiable: action } = constraint;
    const skew = asNumber(maxSkew) ?? 0;
    const errors: FieldError[] = skew <= 0 ? [invalidValue(`${field}.maxSkew`, skew, 'must be greater than zero')] : [];
    if (asText(topologyKey) === '') errors.push(required(`${field}.topologyKey`, 'can not be empty'));
    errors.push(...oneOf(action, `${field}.whenUnsatisfiable`, ['DoNotSchedule', 'ScheduleAnyway']));
    if (
      all
        .slice(index + 1)
        .some((other) => other['topologyKey'] === topologyKey && other['whenUnsatisfiable'] === action)
    )
      errors.push(
        duplicate(`${field}.{topologyKey, whenUnsatisfiable}`, `{${asText(topologyKey)}, ${asText(action)}}`),
      );
    errors.push(...minDomainErrors(constraint, `${field}.minDomains`));
    for (const policy of ['nodeAffinityPolicy', 'nodeTaintsPolicy'])
      if (constraint[policy] !== undefined)
        errors.push(...oneOf(constraint[policy], `${field}.${policy}`, ['Honor', 'Ignore']));
    errors.push(...labelKeyErrors(constraint, field));
    return [...errors, ...labelSelectorErrors(constraint['labelSelector'], `${field}.labelSelector`)];
  });
}

/** What admission policies and their bindings must look like, in the order in which the server tells it. */
import type { KubeObject } from '../../shapes/kube.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooMany,
} from '../machinery/field-errors.ts';
import { asList, asObject, asText, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { labelErrors } from '../machinery/metadata.ts';
import {
  dns1035LabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../../std/names.ts';
import { compilePolicy } from './compiled-policy.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const SCOPES = ['*', 'Cluster', 'Namespaced'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge'];
const ACTIONS = ['Audit', 'Deny', 'Warn'];
/** The server's limits. */
const MAX_CONDITIONS = 64;
const MAX_ANNOTATIONS = 20;
const MAX_ANNOTATION_EXPRESSION = 5 * 1024;

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);

const texts = (value: unknown): readonly string[] => asList(value).map(asText);
const blank = (text: string): boolean => text.trim() === '';
const told = (field: string, value: unknown, problems: readonly string[]): FieldError[] =>
  problems.map((problem) => invalidValue(field, value, problem));

export function selectorErrors(selector: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [...labelErrors(selector['matchLabels'], `${path}.matchLabels`)];
  for (const [i, term] of objectsOf(selector['matchExpressions']).entries()) {
    const at = `${path}.matchExpressions[${i}]`;
    const [operator, values, key] = [asText(term['operator']), texts(term['values']), asText(term['key'])];
    if (operator === 'In' || operator === 'NotIn') {
      if (values.length === 0)
        errors.push(required(`${at}.values`, "must be specified when `operator` is 'In' or 'NotIn'"));
    } else if (operator === 'Exists' || operator === 'DoesNotExist') {
      if (values.length > 0)
        errors.push(
          forbiddenField(`${at}.values`, "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        );
    } else errors.push(invalidValue(`${at}.operator`, operator, 'not a valid selector operator'));
    errors.push(...told(`${at}.key`, key, qualifiedNameProblems(key)));
    for (const [j, value] of values.entries())
      errors.push(...told(`${at}.values[${j}]`, value, labelValueProblems(value)));
  }
  return errors;
}

function resourceErrors(resources: readonly string[], path: string): FieldError[] {
  if (resources.length === 0) return [required(path)];
  const errors: FieldError[] = [];
  const whole = new Set<string>();
  const everywhere = new Set<string>();
  let lastIsPlain = false;
  for (const [i, text] of resources.entries()) {
    const at = `${path}[${i}]`;
    const cut = text.indexOf('/');
    if (text === '') errors.push(required(at));
    else if (cut < 0) lastIsPlain = text !== '*';
    else {
      const [resource, subresource] = [text.slice(0, cut), text.slice(cut + 1)];
      if (whole.has(resource))
        errors.push(invalidValue(at, text, `if '${resource}/*' is present, must not specify ${text}`));
      if (everywhere.has(subresource))
        errors.push(invalidValue(at, text, `if '*/${subresource}' is present, must not specify ${text}`));
      if (subresource === '*') whole.add(resource);
      if (resource === '*') everywhere.add(subresource);
    }
  }
  if (resources.length > 1 && resources.includes('*/*'))
    errors.push(invalidValue(path, resources, "if '*/*' is present, must not specify other resources"));
  if (resources.includes('*') && lastIsPlain)
    errors.push(
      invalidValue(path, resources, "if '*' is present, must not specify other resources without subresources"),
    );
  return errors;
}

export function ruleErrors(rule: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const names = texts(rule['resourceNames']);
  for (const [i, name] of names.entries()) {
    errors.push(...told(`${path}.resourceNames[${i}]`, name, pathSegmentProblems(name)));
    if (names.indexOf(name) < i) errors.push(duplicate(`${path}.resourceNames[${i}]`, name));
  }
  const alone = (list: string, what: string) => {
    const values = texts(rule[list]);
    if (values.length === 0) errors.push(required(`${path}.${list}`));
    if (values.length > 1 && values.includes('*'))
      errors.push(invalidValue(`${path}.${list}`, values, `if '*' is present, must not specify other ${what}`));
    return values;
  };
  for (const [i, operation] of alone('operations', 'operations').entries())
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS));
  alone('apiGroups', 'API groups');
  for (const [i, version] of alone('apiVersions', 'API versions').entries())
    if (version === '') errors.push(required(`${path}.apiVersions[${i}]`));
  errors.push(...resourceErrors(texts(rule['resources']), `${path}.resources`));
  const scope = rule['scope'];
  if (scope !== undefined && !SCOPES.includes(asText(scope))) errors.push(notSupported(`${path}.scope`, scope, SCOPES));
  return errors;
}

function matchErrors(match: Draft, path: string): FieldError[] {
  const policy = asText(match['matchPolicy']);
  const selector = (name: string) => selectorErrors(asObject(match[name]) ?? {}, `${path}.${name}`);
  const rules = (list: string) =>
    objectsOf(match[list]).flatMap((rule, i) => ruleErrors(rule, `${path}.${list}[${i}]`));
  return [
    ...(policy === 'Exact' || policy === 'Equivalent'
      ? []
      : [notSupported(`${path}.matchPolicy`, policy, ['Equivalent', 'Exact'])]),
    ...selector('namespaceSelector'),
    ...selector('objectSelector'),
    ...rules('resourceRules'),
    ...rules('excludeResourceRules'),
  ];
}

function paramKindErrors(kind: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [apiVersion, name] = [asText(kind['apiVersion']), asText(kind['kind'])];
  const field = `${path}.apiVersion`;
  const parts = apiVersion.split('/');
  if (apiVersion === '') errors.push(required(field));
  else if (parts.length > 2)
    errors.push(invalidValue(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`));
  else {
    const [group = '', version = ''] = parts.length === 2 ? parts : ['', apiVersion];
    const joined = (problems: readonly string[]) => (problems.length > 0 ? [problems.join(',')] : []);
    if (group !== '') errors.push(...told(field, group, joined(dnsSubdomainProblems(group))));
    if (version === '') errors.push(invalidValue(field, apiVersion, 'version must be specified'));
    else errors.push(...told(field, version, joined(dns1035LabelProblems(version))));
  }
  const problems = dns1035LabelProblems(name.toLowerCase());
  if (name === '') errors.push(required(`${path}.kind`));
  else if (problems.length > 0)
    errors.push(
      invalidValue(`${path}.kind`, name, `may have mixed case, but should otherwise match: ${problems.join(',')}`),
    );
  return errors;
}

/** What compiling said of an expression, or that it is missing. */
export function expressionCheck(object: Draft): { readonly expression: ExpressionCheck; readonly problems: Problems } {
  const problems = new Map<string, FieldError[]>();
  for (const { field, expression, detail } of compilePolicy(object).problems)
    if (!blank(expression)) problems.set(field, [invalidValue(field, expression, detail)]);
  return {
    problems,
    expression: (field, text, missing) => (blank(text) ? [required(field, missing)] : (problems.get(field) ?? [])),
  };
}

type Problems = ReadonlyMap<string, FieldError[]>;

/** What both kinds of policies have: all before what they do. `operations`: those that rules may not name. */
export function sharedErrors(
  object: Draft,
  old: KubeObject | undefined,
  { expression, operations }: { expression: ExpressionCheck; operations: (match: Draft) => readonly FieldError[] },
): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const before = asObject(old?.['spec']) ?? {};
  const errors: FieldError[] = [];
  const failure = asText(spec['failurePolicy']);
  if (failure !== 'Fail' && failure !== 'Ignore')
    errors.push(notSupported('spec.failurePolicy', failure, ['Fail', 'Ignore']));
  const paramKind = asObject(spec['paramKind']);
  if (paramKind) errors.push(...paramKindErrors(paramKind, 'spec.paramKind'));
  const match = asObject(spec['matchConstraints']);
  if (match) {
    errors.push(...matchErrors(match, 'spec.matchConstraints'));
    if (asList(match['resourceRules']).length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
    errors.push(...operations(match));
  } else errors.push(required('spec.matchConstraints'));
  const conditionsStay =
    old &&
    equalJson(spec['paramKind'], before['paramKind']) &&
    equalJson(spec['matchConditions'], before['matchConditions']);
  if (!conditionsStay)
    errors.push(...conditionErrors(objectsOf(spec['matchConditions']), 'spec.matchConditions', expression));
  for (const [i, variable] of objectsOf(spec['variables']).entries()) {
    const at = `spec.variables[${i}]`;
    const name = asText(variable['name']);
    if (blank(name)) errors.push(required(`${at}.name`, 'name is not specified'));
    else if (!IDENTIFIER.test(name) || RESERVED.has(name))
      errors.push(invalidValue(`${at}.name`, name, 'must be a valid CEL identifier'));
    errors.push(...expression(`${at}.expression`, asText(variable['expression']), 'expression is not specified'));
  }
  return errors;
}

export function policyErrors(object: Draft, old?: KubeObject): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const { expression, problems } = expressionCheck(object);
  const errors = sharedErrors(object, old, { expression, operations: () => [] });
  const annotations = objectsOf(spec['auditAnnotations']);
  const validations = objectsOf(spec['validations']);
  if (validations.length === 0 && annotations.length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    return [...errors, required('spec.validations', detail), required('spec.auditAnnotations', detail)];
  }
  for (const [i, validation] of validations.entries()) {
    const at = `spec.validations[${i}]`;
    errors.push(...expression(`${at}.expression`, asText(validation['expression']), 'expression is not specified'));
    errors.push(...messageErrors(validation, at, problems.get(`${at}.messageExpression`) ?? []));
  }
  return [...errors, ...annotationErrors(object, annotations, expression)];
}

export type ExpressionCheck = (field: string, text: string, missing: string) => readonly FieldError[];

export function conditionErrors(
  conditions: readonly Draft[],
  path: string,
  expression: ExpressionCheck,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (conditions.length > MAX_CONDITIONS) errors.push(tooMany(path, conditions.length, MAX_CONDITIONS));
  const names = conditions.map((condition) => asText(condition['name']));
  for (const [i, condition] of conditions.entries()) {
    const at = `${path}[${i}]`;
    const name = names[i] ?? '';
    errors.push(...expression(`${at}.expression`, asText(condition['expression']), ''));
    if (name === '') errors.push(required(`${at}.name`));
    else errors.push(...told(`${at}.name`, name, qualifiedNameProblems(name)));
    if (name !== '' && names.indexOf(name) < i) errors.push(duplicate(`${at}.name`, name));
  }
  return errors;
}

function messageErrors(validation: Draft, at: string, compiled: readonly FieldError[]): FieldError[] {
  const errors: FieldError[] = [];
  const [message, messageExpression, reason] = [
    asText(validation['message']),
    asText(validation['messageExpression']),
    validation['reason'],
  ];
  if (messageExpression !== '' && blank(messageExpression))
    errors.push(invalidValue(`${at}.messageExpression`, messageExpression, 'must be non-empty if specified'));
  errors.push(...compiled);
  if (message !== '' && blank(message))
    errors.push(invalidValue(`${at}.message`, message, 'message must be non-empty if specified'));
  else if (/[\n\r]/.test(message.trim()))
    errors.push(invalidValue(`${at}.message`, message, 'must not contain line breaks'));
  if (reason !== undefined && !REASONS.includes(asText(reason)))
    errors.push(notSupported(`${at}.reason`, reason, REASONS));
  return errors;
}

function annotationErrors(object: Draft, annotations: readonly Draft[], expression: ExpressionCheck): FieldError[] {
  const errors: FieldError[] = [];
  const policy = asText(asObject(object['metadata'])?.['name']);
  if (annotations.length > MAX_ANNOTATIONS)
    errors.push(
      invalidValue('spec.auditAnnotations', annotations, `must not have more than ${MAX_ANNOTATIONS} auditAnnotations`),
    );
  const keys = annotations.map((annotation) => asText(annotation['key']));
  for (const [i, annotation] of annotations.entries()) {
    const at = `spec.auditAnnotations[${i}]`;
    const key = keys[i] ?? '';
    const value = asText(annotation['valueExpression']);
    if (policy === '') errors.push(invalidValue(`${at}.key`, key, 'requires metadata.name be non-empty'));
    else errors.push(...told(`${at}.key`, `${policy}/${key}`, qualifiedNameProblems(`${policy}/${key}`)));
    if (Buffer.byteLength(value.trim()) > MAX_ANNOTATION_EXPRESSION)
      errors.push(required(`${at}.valueExpression`, `must not exceed ${MAX_ANNOTATION_EXPRESSION} bytes in length`));
    else errors.push(...expression(`${at}.valueExpression`, value, 'valueExpression is not specified'));
    if (keys.indexOf(key) < i) errors.push(duplicate(`${at}.key`, key));
  }
  return errors;
}

function paramRefErrors(ref: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const [name, selector, action] = [
    asText(ref['name']),
    asObject(ref['selector']),
    asText(ref['parameterNotFoundAction']),
  ];
  const exclusive = 'name and selector are mutually exclusive';
  errors.push(...told(`${path}.name`, name, pathSegmentProblems(name)));
  if (name !== '' && selector) errors.push(forbiddenField(`${path}.name`, exclusive));
  if (selector) errors.push(...selectorErrors(selector, `${path}.selector`));
  if (name !== '' && selector) errors.push(forbiddenField(`${path}.selector`, exclusive));
  if (name === '' && !selector) errors.push(required(path, 'one of name or selector must be specified'));
  if (action === '') errors.push(required(`${path}.parameterNotFoundAction`));
  else if (action !== 'Deny' && action !== 'Allow')
    errors.push(notSupported(`${path}.parameterNotFoundAction`, action, ['Deny', 'Allow']));
  return errors;
}

/** What the bindings of both kinds have. */
export function sharedBindingErrors(object: Draft): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const errors: FieldError[] = [];
  const policy = asText(spec['policyName']);
  if (policy === '') errors.push(required('spec.policyName'));
  else errors.push(...told('spec.policyName', policy, dnsSubdomainProblems(policy)));
  const ref = asObject(spec['paramRef']);
  if (ref) errors.push(...paramRefErrors(ref, 'spec.paramRef'));
  const match = asObject(spec['matchResources']);
  if (match) errors.push(...matchErrors(match, 'spec.matchResources'));
  return errors;
}

export function bindingErrors(object: Draft): FieldError[] {
  const errors = sharedBindingErrors(object);
  const spec = asObject(object['spec']) ?? {};
  const actions = texts(spec['validationActions']);
  const path = 'spec.validationActions';
  for (const [i, action] of actions.entries()) {
    if (!ACTIONS.includes(action)) errors.push(notSupported(`${path}[${i}]`, action, ACTIONS));
    if (actions.indexOf(action) < i) errors.push(duplicate(`${path}[${i}]`, action));
  }
  if (actions.includes('Deny') && actions.includes('Warn')) {
    const detail =
      'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)';
    errors.push(invalidValue(path, actions, detail));
  }
  if (actions.length === 0) errors.push(required(path, 'at least one validation action is required'));
  return errors;
}

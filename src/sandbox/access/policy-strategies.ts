/** The kinds ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding, and those of RBAC: defaults and validation. */
import { type FieldError, invalidValue, notSupported, required } from '../apiserver/field-errors.ts';
import { asList, asObject, asText, childOf, type Draft, equalJson, objectsOf, setDefault } from '../apiserver/json.ts';
import type { Strategy } from '../apiserver/registry.ts';
import { compilePolicy } from './compiled-policy.ts';

const OPERATIONS = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];
const REASONS = ['Forbidden', 'Invalid', 'RequestEntityTooLarge', 'Unauthorized'];
const ACTIONS = ['Audit', 'Deny', 'Warn'];

function defaultMatch(match: Draft | undefined): void {
  if (!match) return;
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules']) for (const rule of objectsOf(match[list])) setDefault(rule, 'scope', '*');
}

function ruleErrors(rule: Draft, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const operations = asList(rule['operations']).map(asText);
  if (operations.length === 0) errors.push(required(`${path}.operations`));
  if (operations.length > 1 && operations.includes('*'))
    errors.push(invalidValue(`${path}.operations`, operations, "if '*' is present, must not specify other operations"));
  for (const [i, operation] of operations.entries())
    if (!OPERATIONS.includes(operation)) errors.push(notSupported(`${path}.operations[${i}]`, operation, OPERATIONS));
  for (const list of ['apiGroups', 'apiVersions', 'resources']) {
    const values = asList(rule[list]).map(asText);
    if (values.length === 0) errors.push(required(`${path}.${list}`));
    const word = list === 'apiGroups' ? 'groups' : list === 'apiVersions' ? 'versions' : undefined;
    if (word !== undefined && values.length > 1 && values.includes('*'))
      errors.push(invalidValue(`${path}.${list}`, values, `if '*' is present, must not specify other API ${word}`));
  }
  const scope = asText(rule['scope']);
  if (scope !== '' && !['*', 'Cluster', 'Namespaced'].includes(scope))
    errors.push(notSupported(`${path}.scope`, scope, ['*', 'Cluster', 'Namespaced']));
  return errors;
}

function matchErrors(match: Draft, path: string): FieldError[] {
  const policy = asText(match['matchPolicy']);
  return [
    ...(policy !== '' && policy !== 'Exact' && policy !== 'Equivalent'
      ? [notSupported(`${path}.matchPolicy`, policy, ['Equivalent', 'Exact'])]
      : []),
    ...['resourceRules', 'excludeResourceRules'].flatMap((list) =>
      objectsOf(match[list]).flatMap((rule, i) => ruleErrors(rule, `${path}.${list}[${i}]`)),
    ),
  ];
}

function policyErrors(object: Draft): FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  const errors: FieldError[] = [];
  const failure = asText(spec['failurePolicy']);
  if (failure === '') errors.push(required('spec.failurePolicy'));
  else if (failure !== 'Fail' && failure !== 'Ignore') errors.push(notSupported('spec.failurePolicy', failure, ['Fail', 'Ignore']));
  const paramKind = asObject(spec['paramKind']);
  for (const name of paramKind ? ['apiVersion', 'kind'] : [])
    if (asText(paramKind?.[name]) === '') errors.push(required(`spec.paramKind.${name}`));
  const match = asObject(spec['matchConstraints']);
  if (!match) errors.push(required('spec.matchConstraints'));
  else {
    errors.push(...matchErrors(match, 'spec.matchConstraints'));
    if (asList(match['resourceRules']).length === 0) errors.push(required('spec.matchConstraints.resourceRules'));
  }
  if (asList(spec['validations']).length === 0 && asList(spec['auditAnnotations']).length === 0) {
    const detail = 'validations or auditAnnotations must contain at least one item';
    errors.push(required('spec.validations', detail), required('spec.auditAnnotations', detail));
  }
  errors.push(...expressionErrors(spec));
  for (const { field, expression, detail } of compilePolicy(object).problems)
    if (expression.trim() !== '') errors.push(invalidValue(field, expression, detail));
  return errors;
}

function expressionErrors(spec: Draft): FieldError[] {
  const errors: FieldError[] = [];
  for (const [i, validation] of objectsOf(spec['validations']).entries()) {
    const path = `spec.validations[${i}]`;
    const message = asText(validation['message']);
    if (asText(validation['expression']).trim() === '') errors.push(required(`${path}.expression`, 'expression is not specified'));
    if (message !== '' && message.trim() === '')
      errors.push(invalidValue(`${path}.message`, message, 'message must be non-empty if specified'));
    else if (message.trim().includes('\n')) errors.push(invalidValue(`${path}.message`, message, 'message must not contain line breaks'));
    else if (asText(validation['expression']).trim().includes('\n') && message === '')
      errors.push(required(`${path}.message`, 'message must be specified if expression contains line breaks'));
    const reason = validation['reason'];
    if (reason !== undefined && !REASONS.includes(asText(reason))) errors.push(notSupported(`${path}.reason`, reason, REASONS));
  }
  const named = (list: string, name: string) => {
    for (const [i, item] of objectsOf(spec[list]).entries()) {
      if (asText(item[name]) === '')
        errors.push(required(`spec.${list}[${i}].${name}`, name === 'name' && list === 'variables' ? 'name is not specified' : ''));
      if (asText(item['expression']).trim() === '')
        errors.push(required(`spec.${list}[${i}].expression`, list === 'variables' ? 'expression is not specified' : ''));
    }
  };
  named('variables', 'name');
  named('matchConditions', 'name');
  return errors;
}

export const POLICY_STRATEGY: Strategy = {
  applyDefaults: (draft) => {
    const spec = asObject(draft['spec']);
    if (!spec) return;
    setDefault(spec, 'failurePolicy', 'Fail');
    defaultMatch(asObject(spec['matchConstraints']));
  },
  prepareForCreate: (draft) => {
    draft['status'] = {};
  },
  validate: policyErrors,
  generation: true,
  statusSeparate: true,
};

export const POLICY_BINDING_STRATEGY: Strategy = {
  applyDefaults: (draft) => {
    const spec = asObject(draft['spec']);
    if (spec) defaultMatch(asObject(spec['matchResources']));
  },
  validate: (object) => {
    const spec = asObject(object['spec']) ?? {};
    const errors: FieldError[] = [];
    if (asText(spec['policyName']) === '') errors.push(required('spec.policyName'));
    const actions = asList(spec['validationActions']).map(asText);
    if (actions.length === 0) errors.push(required('spec.validationActions'));
    for (const [i, action] of actions.entries()) {
      if (!ACTIONS.includes(action)) errors.push(notSupported(`spec.validationActions[${i}]`, action, ACTIONS));
      if (actions.indexOf(action) < i)
        errors.push({ type: 'FieldValueDuplicate', field: `spec.validationActions[${i}]`, badValue: action, detail: '' });
    }
    if (actions.includes('Deny') && actions.includes('Warn')) {
      errors.push(
        invalidValue(
          'spec.validationActions',
          actions,
          'must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)',
        ),
      );
    }
    const ref = asObject(spec['paramRef']);
    if (ref && asText(ref['name']) === '' && !asObject(ref['selector']))
      errors.push(required('spec.paramRef.name', 'one of name or selector must be specified'));
    if (ref && asText(ref['name']) !== '' && asObject(ref['selector']))
      errors.push({ type: 'FieldValueForbidden', field: 'spec.paramRef.name', detail: 'name and selector are mutually exclusive' });
    if (ref && asText(ref['parameterNotFoundAction']) === '') errors.push(required('spec.paramRef.parameterNotFoundAction'));
    const match = asObject(spec['matchResources']);
    return match ? [...errors, ...matchErrors(match, 'spec.matchResources')] : errors;
  },
  generation: true,
};

function ruleFormErrors(rules: unknown, namespaced: 'namespaced' | 'cluster'): FieldError[] {
  return objectsOf(rules).flatMap((rule, i) => {
    const path = `rules[${i}]`;
    const errors: FieldError[] = [];
    const has = (name: string) => asList(rule[name]).length > 0;
    if (!has('verbs')) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
    if (has('nonResourceURLs')) {
      if (namespaced === 'namespaced')
        errors.push(invalidValue(`${path}.nonResourceURLs`, rule['nonResourceURLs'], 'namespaced rules cannot apply to non-resource URLs'));
      if (has('apiGroups') || has('resources') || has('resourceNames'))
        errors.push(
          invalidValue(
            `${path}.nonResourceURLs`,
            rule['nonResourceURLs'],
            'rules cannot apply to both regular resources and non-resource URLs',
          ),
        );
      return errors;
    }
    if (!has('apiGroups')) errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!has('resources')) errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

/** Names of roles and bindings need only be path segments. */
function segmentName(name: string): string[] {
  if (name === '.' || name === '..') return [`may not be '${name}'`];
  return ['/', '%'].filter((character) => name.includes(character)).map((character) => `may not contain '${character}'`);
}

export const roleStrategy = (scope: 'namespaced' | 'cluster'): Strategy => ({
  applyDefaults: (draft) => {
    if (draft['rules'] === undefined) draft['rules'] = null;
  },
  validate: (object) => {
    const selectors = asObject(object['aggregationRule']);
    const empty = selectors && asList(selectors['clusterRoleSelectors']).length === 0;
    return [
      ...ruleFormErrors(object['rules'], scope),
      ...(empty
        ? [required('aggregationRule.clusterRoleSelectors', 'at least one clusterRoleSelector required if aggregationRule is non-nil')]
        : []),
    ];
  },
  validateName: segmentName,
  createOnUpdate: true,
});

const RBAC = 'rbac.authorization.k8s.io';

function subjectErrors(subjects: unknown, scope: 'namespaced' | 'cluster'): FieldError[] {
  return objectsOf(subjects).flatMap((subject, i) => {
    const path = `subjects[${i}]`;
    const errors: FieldError[] = [];
    const [kind, group] = [asText(subject['kind']), asText(subject['apiGroup'])];
    if (asText(subject['name']) === '') errors.push(required(`${path}.name`));
    if (kind === 'ServiceAccount') {
      if (group !== '') errors.push(notSupported(`${path}.apiGroup`, group, ['']));
      if (scope === 'cluster' && asText(subject['namespace']) === '') errors.push(required(`${path}.namespace`));
    } else if (kind === 'User' || kind === 'Group') {
      if (group !== RBAC) errors.push(notSupported(`${path}.apiGroup`, group, [RBAC]));
    } else errors.push(notSupported(`${path}.kind`, kind, ['Group', 'ServiceAccount', 'User']));
    return errors;
  });
}

export const bindingStrategy = (scope: 'namespaced' | 'cluster'): Strategy => ({
  applyDefaults: (draft) => {
    const ref = childOf(draft, 'roleRef');
    setDefault(ref, 'apiGroup', RBAC);
    for (const subject of objectsOf(draft['subjects'])) {
      if (asText(subject['kind']) === 'User' || asText(subject['kind']) === 'Group') setDefault(subject, 'apiGroup', RBAC);
    }
  },
  validate: (object) => {
    const ref = asObject(object['roleRef']) ?? {};
    const errors: FieldError[] = [];
    if (asText(ref['apiGroup']) !== RBAC) errors.push(notSupported('roleRef.apiGroup', asText(ref['apiGroup']), [RBAC]));
    const kinds = scope === 'cluster' ? ['ClusterRole'] : ['ClusterRole', 'Role'];
    if (!kinds.includes(asText(ref['kind']))) errors.push(notSupported('roleRef.kind', asText(ref['kind']), kinds));
    if (asText(ref['name']) === '') errors.push(required('roleRef.name'));
    return [...errors, ...subjectErrors(object['subjects'], scope)];
  },
  validateUpdate: (object, old) =>
    equalJson(object['roleRef'], old['roleRef']) ? [] : [invalidValue('roleRef', object['roleRef'], 'cannot change roleRef')],
  validateName: segmentName,
  createOnUpdate: true,
});

/** By `resource.group`, for the server's table of kinds. */
export const ACCESS_STRATEGIES: Readonly<Record<string, Strategy>> = {
  'validatingadmissionpolicies.admissionregistration.k8s.io': POLICY_STRATEGY,
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': POLICY_BINDING_STRATEGY,
  [`roles.${RBAC}`]: roleStrategy('namespaced'),
  [`clusterroles.${RBAC}`]: roleStrategy('cluster'),
  [`rolebindings.${RBAC}`]: bindingStrategy('namespaced'),
  [`clusterrolebindings.${RBAC}`]: bindingStrategy('cluster'),
};

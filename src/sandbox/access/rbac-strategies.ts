/** The kinds of RBAC: defaults and validation. https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
import { type FieldError, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, childOf, type Draft, equalJson, objectsOf, setDefault } from '../machinery/json.ts';
import { dnsSubdomainProblems, pathSegmentProblems } from '../../std/names.ts';
import { labelSelectorErrors } from '../machinery/label-selector.ts';
import { internalForm } from '../schema/internal-form.ts';
import type { Strategy } from '../machinery/registry.ts';

export const RBAC_GROUP = 'rbac.authorization.k8s.io';

function ruleFormErrors(rules: unknown, namespaced: 'namespaced' | 'cluster'): FieldError[] {
  return objectsOf(rules).flatMap((rule, i) => {
    const path = `rules[${i}]`;
    const errors: FieldError[] = [];
    const has = (name: string) => asList(rule[name]).length > 0;
    if (!has('verbs')) errors.push(required(`${path}.verbs`, 'verbs must contain at least one value'));
    if (has('nonResourceURLs')) {
      if (namespaced === 'namespaced')
        errors.push(
          invalidValue(
            `${path}.nonResourceURLs`,
            rule['nonResourceURLs'],
            'namespaced rules cannot apply to non-resource URLs',
          ),
        );
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
    if (!has('apiGroups'))
      errors.push(required(`${path}.apiGroups`, 'resource rules must supply at least one api group'));
    if (!has('resources'))
      errors.push(required(`${path}.resources`, 'resource rules must supply at least one resource'));
    return errors;
  });
}

function aggregationErrors(rule: Draft): readonly FieldError[] {
  const field = 'aggregationRule.clusterRoleSelectors';
  const selectors = objectsOf(rule['clusterRoleSelectors']);
  if (selectors.length === 0)
    return [required(field, 'at least one clusterRoleSelector required if aggregationRule is non-nil')];
  return selectors.flatMap((selector, index) => {
    const errors = labelSelectorErrors(selector, `${field}[${index}]`);
    return errors.length === 0 ? [] : [...errors, invalidValue(`${field}[${index}]`, null, 'invalid label selector.')];
  });
}

export const roleStrategy = (scope: 'namespaced' | 'cluster'): Strategy => ({
  applyDefaults: (draft) => {
    if (draft['rules'] === undefined) draft['rules'] = null;
  },
  validate: (object) => {
    const rule = asObject(object['aggregationRule']);
    return [...ruleFormErrors(object['rules'], scope), ...(rule ? aggregationErrors(rule) : [])];
  },
  validateName: pathSegmentProblems,
});

function subjectErrors(subjects: unknown, scope: 'namespaced' | 'cluster'): FieldError[] {
  return objectsOf(subjects).flatMap((subject, i) => {
    const path = `subjects[${i}]`;
    const errors: FieldError[] = [];
    const [kind, group] = [asText(subject['kind']), asText(subject['apiGroup'])];
    const name = asText(subject['name']);
    if (name === '') errors.push(required(`${path}.name`));
    if (kind === 'ServiceAccount') {
      if (name !== '')
        errors.push(...dnsSubdomainProblems(name).map((problem) => invalidValue(`${path}.name`, name, problem)));
      if (group !== '') errors.push(notSupported(`${path}.apiGroup`, group, ['']));
      if (scope === 'cluster' && asText(subject['namespace']) === '') errors.push(required(`${path}.namespace`));
    } else if (kind === 'User' || kind === 'Group') {
      if (group !== RBAC_GROUP) errors.push(notSupported(`${path}.apiGroup`, group, [RBAC_GROUP]));
    } else errors.push(notSupported(`${path}.kind`, kind, ['ServiceAccount', 'User', 'Group']));
    return errors;
  });
}

export const bindingStrategy = (scope: 'namespaced' | 'cluster'): Strategy => ({
  applyDefaults: (draft) => {
    const ref = childOf(draft, 'roleRef');
    if (asText(ref['apiGroup']) === '') ref['apiGroup'] = RBAC_GROUP;
    for (const subject of objectsOf(draft['subjects'])) {
      if (asText(subject['kind']) === 'User' || asText(subject['kind']) === 'Group')
        setDefault(subject, 'apiGroup', RBAC_GROUP);
    }
  },
  validate: (object) => {
    const ref = asObject(object['roleRef']) ?? {};
    const errors: FieldError[] = [];
    if (asText(ref['apiGroup']) !== RBAC_GROUP)
      errors.push(notSupported('roleRef.apiGroup', asText(ref['apiGroup']), [RBAC_GROUP]));
    const kinds = scope === 'cluster' ? ['ClusterRole'] : ['Role', 'ClusterRole'];
    if (!kinds.includes(asText(ref['kind']))) errors.push(notSupported('roleRef.kind', asText(ref['kind']), kinds));
    const name = asText(ref['name']);
    if (name === '') errors.push(required('roleRef.name'));
    errors.push(...pathSegmentProblems(name).map((problem) => invalidValue('roleRef.name', name, problem)));
    return [...errors, ...subjectErrors(object['subjects'], scope)];
  },
  validateUpdate: (object, old) =>
    equalJson(object['roleRef'], old['roleRef'])
      ? []
      : [
          invalidValue(
            'roleRef',
            internalForm('rbac/v1.RoleRef', asObject(object['roleRef']) ?? {}),
            'cannot change roleRef',
          ),
        ],
  validateName: pathSegmentProblems,
});

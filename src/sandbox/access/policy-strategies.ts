/**
 * The kinds of admission policies and their bindings, and the table of all kinds about access.
 */
import { asObject, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { mutatingBindingErrors, mutatingPolicyErrors } from './mutating-validation.ts';
import { bindingErrors, policyErrors } from './policy-validation.ts';
import { bindingStrategy, RBAC_GROUP, roleStrategy } from './rbac-strategies.ts';

function defaultMatch(match: Draft | undefined): void {
  if (!match) return;
  setDefault(match, 'matchPolicy', 'Equivalent');
  setDefault(match, 'namespaceSelector', {});
  setDefault(match, 'objectSelector', {});
  for (const list of ['resourceRules', 'excludeResourceRules'])
    for (const rule of objectsOf(match[list])) setDefault(rule, 'scope', '*');
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
  validate: (object) => policyErrors(object),
  validateUpdate: policyErrors,
  updateReplacesValidate: true,
  generation: true,
  statusSeparate: true,
};

export const POLICY_BINDING_STRATEGY: Strategy = {
  applyDefaults: (draft) => {
    const spec = asObject(draft['spec']);
    if (spec) defaultMatch(asObject(spec['matchResources']));
  },
  validate: bindingErrors,
  generation: true,
};

const MUTATING_POLICY_STRATEGY: Strategy = {
  ...(POLICY_STRATEGY.applyDefaults ? { applyDefaults: POLICY_STRATEGY.applyDefaults } : {}),
  validate: (object) => mutatingPolicyErrors(object),
  validateUpdate: mutatingPolicyErrors,
  updateReplacesValidate: true,
  generation: true,
};

/** By `resource.group`, for the server's table of kinds. */
export const ACCESS_STRATEGIES: Readonly<Record<string, Strategy>> = {
  'validatingadmissionpolicies.admissionregistration.k8s.io': POLICY_STRATEGY,
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': POLICY_BINDING_STRATEGY,
  'mutatingadmissionpolicies.admissionregistration.k8s.io': MUTATING_POLICY_STRATEGY,
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': {
    ...POLICY_BINDING_STRATEGY,
    validate: mutatingBindingErrors,
  },
  [`roles.${RBAC_GROUP}`]: roleStrategy('namespaced'),
  [`clusterroles.${RBAC_GROUP}`]: roleStrategy('cluster'),
  [`rolebindings.${RBAC_GROUP}`]: bindingStrategy('namespaced'),
  [`clusterrolebindings.${RBAC_GROUP}`]: bindingStrategy('cluster'),
};

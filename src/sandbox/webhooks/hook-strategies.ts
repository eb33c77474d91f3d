/** The kinds ValidatingWebhookConfiguration and MutatingWebhookConfiguration. */
import { asObject, type Draft, objectsOf, setDefault } from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { configurationErrors, type HookKind } from './hook-validation.ts';

/** pkg/apis/admissionregistration/v1/defaults.go of k8s.io/kubernetes. */
function applyDefaults(draft: Draft, kind: HookKind): void {
  for (const hook of objectsOf(draft['webhooks'])) {
    setDefault(hook, 'failurePolicy', 'Fail');
    setDefault(hook, 'matchPolicy', 'Equivalent');
    setDefault(hook, 'namespaceSelector', {});
    setDefault(hook, 'objectSelector', {});
    setDefault(hook, 'timeoutSeconds', 10);
    if (kind === 'mutating') setDefault(hook, 'reinvocationPolicy', 'Never');
    for (const rule of objectsOf(hook['rules'])) setDefault(rule, 'scope', '*');
    const service = asObject(asObject(hook['clientConfig'])?.['service']);
    if (service) setDefault(service, 'port', 443);
  }
}

const strategy = (kind: HookKind): Strategy => {
  const errors = configurationErrors(kind);
  return {
    applyDefaults: (draft) => applyDefaults(draft, kind),
    validate: (object) => errors(object),
    validateUpdate: errors,
    updateReplacesValidate: true,
    generation: true,
  };
};

/** By `resource.group`, for the server's table of kinds. */
export const HOOK_STRATEGIES: Readonly<Record<string, Strategy>> = {
  'validatingwebhookconfigurations.admissionregistration.k8s.io': strategy('validating'),
  'mutatingwebhookconfigurations.admissionregistration.k8s.io': strategy('mutating'),
};

/**
 * A policy or an action that names a ServiceAccount has things done as that account. Its author may do them in that way
 * too: holds the verb `impersonate` on the account, which ClusterRole `edit` has in its namespace. A person who changes
 * what such an object asks for is its author as much as the person who made it.
 */
import { GROUP, HEALING_ACTION, HEALING_POLICY } from '../names.ts';
import { type AdmissionOptions, isOperator } from './caller.ts';
import { type AdmissionPair, admissionPair } from './policy-pair.ts';

export const ACCOUNTS_POLICY = 'kubeskippy-accounts';

export const accountsPolicy = (options: AdmissionOptions): AdmissionPair =>
  admissionPair(ACCOUNTS_POLICY, {
    resourceRules: [
      {
        apiGroups: [GROUP],
        resources: [HEALING_POLICY.plural, HEALING_ACTION.plural],
        operations: ['CREATE', 'UPDATE'],
      },
    ],
    variables: [
      isOperator(options),
      // Labels, finalizers and owners ask for nothing.
      { name: 'asks', expression: "request.operation == 'CREATE' || object.spec != oldObject.spec" },
    ],
    validations: [
      {
        expression:
          "!variables.asks || !has(object.spec.serviceAccountName) || variables.operator || authorizer.group('').resource('serviceaccounts').namespace(request.namespace).name(object.spec.serviceAccountName).check('impersonate').allowed()",
        message: 'the author of a spec with serviceAccountName must be allowed to impersonate that ServiceAccount',
      },
    ],
  });

/** What the operator writes in a status is its own memory: it decides on it. Nobody else writes there. */
import { GROUP, HEALING_ACTION, HEALING_POLICY } from '../names.ts';
import { type AdmissionOptions, isOperator } from './caller.ts';
import { type AdmissionPair, admissionPair } from './policy-pair.ts';

export const STATUSES_POLICY = 'kubeskippy-statuses';

export const statusesPolicy = (options: AdmissionOptions): AdmissionPair =>
  admissionPair(STATUSES_POLICY, {
    resourceRules: [
      {
        apiGroups: [GROUP],
        resources: [`${HEALING_ACTION.plural}/status`, `${HEALING_POLICY.plural}/status`],
        operations: ['UPDATE'],
      },
    ],
    variables: [isOperator(options)],
    validations: [
      {
        expression: 'variables.operator',
        message: `only the operator writes the status of ${HEALING_POLICY.plural} and ${HEALING_ACTION.plural}; to approve an action, create a HealingApproval`,
      },
    ],
  });

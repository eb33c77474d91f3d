/**
 * A HealingApproval is signed with the name of the person who makes it, and that person holds the verb `approve` on the
 * action. It never changes afterwards: its schema says so.
 */
import { GROUP, HEALING_ACTION, HEALING_APPROVAL } from '../names.ts';
import { type AdmissionPair, admissionPair } from './policy-pair.ts';

export const APPROVALS_POLICY = 'kubeskippy-approvals';

export const approvalsPolicy = (): AdmissionPair =>
  admissionPair(APPROVALS_POLICY, {
    resourceRules: [{ apiGroups: [GROUP], resources: [HEALING_APPROVAL.plural], operations: ['CREATE'] }],
    validations: [
      {
        expression: 'object.spec.approvedBy == request.userInfo.username',
        message: 'spec.approvedBy must be the user who makes the request',
      },
      {
        expression: `authorizer.group('${GROUP}').resource('${HEALING_ACTION.plural}').namespace(request.namespace).name(object.spec.action).check('approve').allowed()`,
        message: `deciding needs the verb approve on ${HEALING_ACTION.plural}.${GROUP}`,
      },
    ],
  });

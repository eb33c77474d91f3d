/** Who makes a request, in the words of admission policies. */
import { COMPONENT, GROUP, HEALING_ACTION } from '../names.ts';

export interface AdmissionOptions {
  /** The operator's own namespace: its ServiceAccount is known by it. */
  readonly namespace: string;
}

export const operatorUser = ({ namespace }: AdmissionOptions): string =>
  `system:serviceaccount:${namespace}:${COMPONENT}`;

/**
 * The operator: its ServiceAccount, or somebody with the verb `operate` on every action, which cluster-admin has, so
 * that `kubeskippy run` works from a terminal.
 */
export const isOperator = (options: AdmissionOptions) => ({
  name: 'operator',
  expression: `request.userInfo.username == '${operatorUser(options)}' || authorizer.group('${GROUP}').resource('${HEALING_ACTION.plural}').check('operate').allowed()`,
});

/**
 * As whom the requests of an action are made: as the operator, or as a ServiceAccount of the namespace that asks for
 * the action, which then needs the rights itself.
 */
import { given } from '../../std/given.ts';

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Of the operator's configuration. */
export interface ImpersonationRules {
  /** True: nothing is healed with the operator's own rights. */
  readonly required: boolean;
  /** The account where a policy, or an action made by hand, names none. Absent: none. */
  readonly defaultServiceAccount?: string;
  /** Whether a policy, or an action made by hand, may name an account. Absent: allowed. */
  readonly named?: 'allowed' | 'refused';
}

export type Authority =
  | { readonly kind: 'operator' }
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'none'; readonly reason: NoAccount; readonly message: string };
export type NoAccount = 'AccountRequired' | 'AccountNotPermitted';

/** An account lies in the namespace of the policy or action that names it: none of another namespace can be named. */
export function authorityOf(
  asking: { readonly namespace: string; readonly serviceAccountName?: string },
  { required, defaultServiceAccount, named = 'allowed' }: ImpersonationRules,
): Authority {
  if (named === 'refused' && asking.serviceAccountName !== undefined) {
    const message = `this operator takes no account from spec.serviceAccountName, since nothing would check whether its author may act as ${asking.serviceAccountName}; leave it out`;
    return { kind: 'none', reason: 'AccountNotPermitted', message };
  }
  const name = asking.serviceAccountName ?? defaultServiceAccount;
  if (name !== undefined) return { kind: 'account', account: { namespace: asking.namespace, name } };
  if (!required) return { kind: 'operator' };
  const message = `this operator heals only as a ServiceAccount of the namespace; name one of ${asking.namespace} in spec.serviceAccountName`;
  return { kind: 'none', reason: 'AccountRequired', message };
}

/** Of an action: its policy's namespace counts, else its own. */
export const authorityOfAction = (
  {
    namespace,
    spec,
  }: {
    readonly namespace: string;
    readonly spec: { readonly policyRef?: { readonly namespace: string }; readonly serviceAccountName?: string };
  },
  rules: ImpersonationRules,
): Authority =>
  authorityOf(
    {
      namespace: spec.policyRef?.namespace ?? namespace,
      ...given({ serviceAccountName: spec.serviceAccountName }),
    },
    rules,
  );

/** https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/ */
export const userOf = ({ namespace, name }: Account): string => `system:serviceaccount:${namespace}:${name}`;

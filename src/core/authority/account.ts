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
}

export type Authority =
  | { readonly kind: 'operator' }
  | { readonly kind: 'account'; readonly account: Account }
  | { readonly kind: 'none'; readonly message: string };

/** An account lies in the namespace of the policy or action that names it: none of another namespace can be named. */
export function authorityOf(
  asking: { readonly namespace: string; readonly serviceAccountName?: string },
  { required, defaultServiceAccount }: ImpersonationRules,
): Authority {
  const name = asking.serviceAccountName ?? defaultServiceAccount;
  if (name !== undefined) return { kind: 'account', account: { namespace: asking.namespace, name } };
  if (!required) return { kind: 'operator' };
  const message = `this operator heals only as a ServiceAccount of the namespace; name one of ${asking.namespace} in spec.serviceAccountName`;
  return { kind: 'none', message };
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

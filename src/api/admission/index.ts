/** Every admission policy that `kubeskippy install` applies, and `make generate` writes into config/admission. */
import type { KubeObject } from '../../shapes/kube.ts';
import { accountsPolicy } from './accounts.ts';
import { ACTIONS_POLICY, actionsPolicy } from './actions.ts';
import { APPROVALS_POLICY, approvalsPolicy } from './approvals.ts';
import type { AdmissionOptions } from './caller.ts';
import { type EffectsOptions, effectsPolicy } from './effects.ts';
import type { AdmissionPair } from './policy-pair.ts';
import { statusesPolicy } from './statuses.ts';

export { ACTIONS_POLICY } from './actions.ts';
export { APPROVALS_POLICY } from './approvals.ts';
export type { EffectsOptions } from './effects.ts';
export type { AdmissionPair } from './policy-pair.ts';

/**
 * The policies that prove something to the operator. They depend on its namespace alone, so that it knows them as they
 * were installed.
 */
export const provingPolicies = (options: AdmissionOptions) => ({
  [APPROVALS_POLICY]: approvalsPolicy(),
  [ACTIONS_POLICY]: actionsPolicy(options),
});

export type ProvingPolicy = keyof ReturnType<typeof provingPolicies>;

export const admissionPolicies = (options: EffectsOptions): readonly AdmissionPair[] => [
  ...Object.values(provingPolicies(options)),
  accountsPolicy(options),
  statusesPolicy(options),
  effectsPolicy(options),
];

export const admissionObjects = (options: EffectsOptions): readonly KubeObject[] =>
  admissionPolicies(options).flatMap(({ policy, binding }) => [policy, binding]);

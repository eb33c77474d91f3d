/** Every admission policy that `kubeskippy install` applies, and `make generate` writes into config/admission. */
import type { KubeObject } from '../../shapes/kube.ts';
import { approvalsPolicy } from './approvals.ts';
import type { AdmissionPair } from './policy-pair.ts';

export { APPROVALS_POLICY } from './approvals.ts';
export type { AdmissionPair } from './policy-pair.ts';

export interface AdmissionOptions {
  /** The operator's own: its ServiceAccount is known by it. */
  readonly namespace: string;
}

/** By the name of the policy. */
export function admissionPairs(_options: AdmissionOptions): Readonly<Record<string, AdmissionPair>> {
  return Object.fromEntries([approvalsPolicy()].map((pair) => [pair.policy.metadata.name, pair]));
}

export const admissionObjects = (options: AdmissionOptions): readonly KubeObject[] =>
  Object.values(admissionPairs(options)).flatMap(({ policy, binding }) => [policy, binding]);

/** A ValidatingAdmissionPolicy of ours with its binding. */
import type { KubeObject } from '../../shapes/kube.ts';
import { COMPONENT } from '../names.ts';

export interface AdmissionPair {
  readonly policy: KubeObject;
  readonly binding: KubeObject;
}

/** https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
export interface AdmissionSpec {
  readonly resourceRules: readonly ResourceRule[];
  readonly excludeResourceRules?: readonly ResourceRule[];
  readonly matchConditions?: readonly Named[];
  readonly variables?: readonly Named[];
  readonly validations: readonly Validation[];
}

export interface ResourceRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT')[];
}

interface Named {
  readonly name: string;
  readonly expression: string;
}

export interface Validation {
  readonly expression: string;
  readonly message: string;
}

const labels = { 'app.kubernetes.io/name': COMPONENT };
const API = 'admissionregistration.k8s.io/v1';

const everyVersion = (rule: ResourceRule) => ({ ...rule, apiVersions: ['*'] });

/** A request that cannot be judged is refused. */
export function admissionPair(name: string, spec: AdmissionSpec): AdmissionPair {
  const { resourceRules, excludeResourceRules, matchConditions, variables, validations } = spec;
  return {
    policy: {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicy',
      metadata: { name, labels },
      spec: {
        failurePolicy: 'Fail',
        matchConstraints: {
          resourceRules: resourceRules.map(everyVersion),
          ...(excludeResourceRules !== undefined && { excludeResourceRules: excludeResourceRules.map(everyVersion) }),
        },
        ...(matchConditions !== undefined && { matchConditions }),
        ...(variables !== undefined && { variables }),
        validations: validations.map((one) => ({ ...one, reason: 'Forbidden' })),
      },
    },
    binding: {
      apiVersion: API,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name, labels },
      spec: { policyName: name, validationActions: ['Deny'] },
    },
  };
}

/** Where the objects of an installation are. */
import { type ObjectKey, parseApiVersion, type ResourceRef } from '../../kube/resource.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { CliError } from '../cli-error.ts';

const RESOURCES: Readonly<Record<string, { readonly resource: string; readonly namespaced: boolean }>> = {
  Namespace: { resource: 'namespaces', namespaced: false },
  CustomResourceDefinition: { resource: 'customresourcedefinitions', namespaced: false },
  ServiceAccount: { resource: 'serviceaccounts', namespaced: true },
  ClusterRole: { resource: 'clusterroles', namespaced: false },
  ClusterRoleBinding: { resource: 'clusterrolebindings', namespaced: false },
  Role: { resource: 'roles', namespaced: true },
  RoleBinding: { resource: 'rolebindings', namespaced: true },
  ValidatingAdmissionPolicy: { resource: 'validatingadmissionpolicies', namespaced: false },
  ValidatingAdmissionPolicyBinding: { resource: 'validatingadmissionpolicybindings', namespaced: false },
  ConfigMap: { resource: 'configmaps', namespaced: true },
  Secret: { resource: 'secrets', namespaced: true },
  Lease: { resource: 'leases', namespaced: true },
  Deployment: { resource: 'deployments', namespaced: true },
  Service: { resource: 'services', namespaced: true },
  PodDisruptionBudget: { resource: 'poddisruptionbudgets', namespaced: true },
  NetworkPolicy: { resource: 'networkpolicies', namespaced: true },
};

export const nameOf = (object: KubeObject): string => `${object.kind.toLowerCase()}/${object.metadata.name}`;

export function placeOf(object: KubeObject): { readonly type: ResourceRef; readonly key: ObjectKey } {
  const known = RESOURCES[object.kind];
  if (known === undefined) throw new CliError(`${nameOf(object)}: no resource is known for this kind`);
  const { name, namespace } = object.metadata;
  return {
    type: { ...parseApiVersion(object.apiVersion), ...known },
    key: known.namespaced && namespace !== undefined ? { name, namespace } : { name },
  };
}

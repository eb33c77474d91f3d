/** Everything `kubeskippy install` applies, and `make generate` writes. */
import { admissionObjects, type EffectsOptions } from '../../api/admission/index.ts';
import { customResourceDefinitions } from '../../api/crd.ts';
import { COMPONENT } from '../../api/names.ts';
import { type RbacOptions, rbacObjects } from '../../api/rbac.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../operator/ports.ts';
import type { KubeObject } from '../../shapes/kube.ts';

export type InstallObjectsOptions = RbacOptions &
  Partial<Pick<EffectsOptions, 'protectedNamespaces' | 'templates' | 'pods'>>;

/** The operator's pods need none of what `restricted` forbids. */
export const namespaceObject = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: {
    name,
    labels: {
      'app.kubernetes.io/name': COMPONENT,
      'pod-security.kubernetes.io/enforce': 'restricted',
      'pod-security.kubernetes.io/warn': 'restricted',
    },
  },
});

/** In the order in which they can be applied. `actionRules`: what the enabled actions ask for. */
export function installObjects(options: InstallObjectsOptions): readonly KubeObject[] {
  const {
    namespace,
    protectedNamespaces = DEFAULT_OPERATOR_CONFIG.protectedNamespaces,
    templates = 'kept',
    pods,
  } = options;
  return [
    namespaceObject(namespace),
    ...customResourceDefinitions(),
    ...rbacObjects(options),
    ...admissionObjects({ namespace, protectedNamespaces, templates, pods }),
  ];
}

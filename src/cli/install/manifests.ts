/** Everything `kubeskippy install` applies, and `make generate` writes. */
import { customResourceDefinitions } from '../../api/crd.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { admissionObjects } from '../../api/admission/index.ts';
import { type PolicyRule, rbacObjects } from '../../api/rbac.ts';

/** In the order in which they can be applied. `actionRules`: what the enabled actions ask for. */
export function installObjects(namespace: string, actionRules: readonly PolicyRule[]): readonly KubeObject[] {
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace, labels: { 'app.kubernetes.io/name': 'kubeskippy' } },
    },
    ...customResourceDefinitions(),
    ...rbacObjects({ namespace, actionRules }),
    ...admissionObjects({ namespace }),
  ];
}

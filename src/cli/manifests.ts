/** Everything `kubeskippy install` applies, and `make generate` writes. */
import { customResourceDefinitions } from '../api/crd.ts';
import type { KubeObject } from '../api/kube.ts';
import { approvalPolicy, rbacObjects } from '../api/rbac.ts';
import { actionRegistry } from '../core/actions/index.ts';

/** In the order in which they can be applied. */
export function installObjects(namespace: string): readonly KubeObject[] {
  return [
    { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace, labels: { 'app.kubernetes.io/name': 'kubeskippy' } } },
    ...customResourceDefinitions(),
    ...rbacObjects({ namespace, actionRules: actionRegistry().rules }),
    ...approvalPolicy(),
  ];
}

/** Everything `kubeskippy install` applies, and `make generate` writes. */
import { customResourceDefinitions } from '../../api/crd.ts';
import type { KubeObject } from '../../shapes/kube.ts';
import { admissionObjects } from '../../api/admission/index.ts';
import { type RbacOptions, rbacObjects } from '../../api/rbac.ts';

/** In the order in which they can be applied. `actionRules`: what the enabled actions ask for. */
export function installObjects(options: RbacOptions): readonly KubeObject[] {
  const { namespace } = options;
  return [
    {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: {
        name: namespace,
        // The operator's pods need none of what `restricted` forbids.
        labels: { 'app.kubernetes.io/name': 'kubeskippy', 'pod-security.kubernetes.io/enforce': 'restricted' },
      },
    },
    ...customResourceDefinitions(),
    ...rbacObjects(options),
    ...admissionObjects({ namespace }),
  ];
}

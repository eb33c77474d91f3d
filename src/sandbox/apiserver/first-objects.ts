/** What every server has from its first moment, beside roles and APIServices. */
import type { KubeObject } from '../../shapes/kube.ts';
import { SYSTEM_CLASSES } from '../kinds/scheduling.ts';
import type { Gvr } from '../machinery/cluster.ts';

const namespace = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels: { 'kubernetes.io/metadata.name': name } },
  spec: { finalizers: ['kubernetes'] },
  status: { phase: 'Active' },
});

const KUBERNETES: KubeObject = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'kubernetes', namespace: 'default', labels: { component: 'apiserver', provider: 'kubernetes' } },
  spec: {
    clusterIP: '10.96.0.1',
    ports: [{ name: 'https', protocol: 'TCP', port: 443, targetPort: 6443 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
    clusterIPs: ['10.96.0.1'],
    ipFamilyPolicy: 'SingleStack',
    ipFamilies: ['IPv4'],
  },
  status: { loadBalancer: {} },
};

export const FIRST_OBJECTS: readonly (readonly [Gvr, readonly KubeObject[]])[] = [
  [
    { group: '', version: 'v1', resource: 'namespaces' },
    ['kube-system', 'kube-public', 'kube-node-lease', 'default'].map(namespace),
  ],
  [{ group: '', version: 'v1', resource: 'services' }, [KUBERNETES]],
  [{ group: 'scheduling.k8s.io', version: 'v1', resource: 'priorityclasses' }, SYSTEM_CLASSES],
];

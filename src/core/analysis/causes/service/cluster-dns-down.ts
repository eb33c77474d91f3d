import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isReady } from '../facts.ts';

/** https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/ */
export const clusterDnsDown: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The DNS of the cluster has no pod that answers, so that no name of a Service resolves.',
  todo: 'Look at the pods of kube-dns in kube-system.',
  when: 'No pod with the label k8s-app=kube-dns in kube-system is ready.',
  unless: 'Pods of kube-system could not be read.',
  cures: { fits: ['restart', 'scale', 'rollback'], pointless: [], harmful: ['delete'] },
  kinds: ['Service'],
  find(service, snapshot) {
    const { namespace, name } = service.metadata;
    if (namespace !== 'kube-system' || name !== 'kube-dns' || !snapshot.sees('Pod', namespace)) return undefined;
    const pods = snapshot.selected(namespace, { matchLabels: service.spec?.selector ?? { 'k8s-app': 'kube-dns' } });
    if (pods.some(isReady)) return undefined;
    return {
      text: `The DNS of the cluster does not answer: none of its ${pods.length} pods is ready.`,
      evidence: [fieldEvidence(refOf(service), 'endpoints', `none of ${pods.length} pods is ready`)],
    };
  },
};

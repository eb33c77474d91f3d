import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { BAD_NODE } from '../cures.ts';

export const evicted: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'place',
  means: 'The kubelet ended the pod because its node ran out of something.',
  todo: 'Look what the message names: disk, memory or process numbers of the node, or a limit of the pod.',
  when: 'The pod has failed with the reason Evicted.',
  unless: 'The workload has as many ready pods as it wants: then it is over.',
  cures: BAD_NODE,
  kinds: ['Pod'],
  find(pod, snapshot) {
    const { phase, reason, message = '' } = pod.status ?? {};
    if (phase !== 'Failed' || reason !== 'Evicted') return undefined;
    const owner = snapshot.rootOf(pod);
    const workload = owner.kind === 'Deployment' ? snapshot.find('Deployment', owner) : undefined;
    if (workload !== undefined && (workload.status?.readyReplicas ?? 0) >= (workload.spec?.replicas ?? 1))
      return undefined;
    return {
      text: `A pod of ${owner.name} was evicted from node ${pod.spec?.nodeName}: ${message}`,
      evidence: [fieldEvidence(refOf(pod), 'reason', `Evicted: ${message}`)],
    };
  },
};

import { startFails, workloadName } from './container-wait.ts';
import { ADDRESSES_USED_UP } from './kubelet-words.ts';

export const podAddressesUsedUp = startFails({
  states: [],
  events: ['FailedCreatePodSandBox'],
  message: ADDRESSES_USED_UP,
  means: 'The network of the node, or of the cluster, has no address left for another pod.',
  todo: 'Free addresses: fewer pods on the node, a larger range, or leases that were left behind by pods that are gone.',
  when: 'The network plugin says so in the event FailedCreatePodSandBox.',
  text: (pod, _groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: node ${pod.spec?.nodeName} has no address for another pod.`,
  cures: { fits: ['cordon'], pointless: ['restart', 'rollback', 'resize'], harmful: ['scale'] },
});

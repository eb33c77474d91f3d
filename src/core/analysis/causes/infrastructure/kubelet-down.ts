import { kubeletIsSilent, serviceDown } from './node.ts';

export const kubeletDown = serviceDown({
  services: ['kubelet'],
  means: 'The kubelet of the node has gone silent: the node, its network or the kubelet is down.',
  todo: 'Look at the node: is it up, can it be reached, does the kubelet run? Its pods move after five minutes.',
  when: 'The condition Ready is Unknown, or the lease of the node was not renewed for 40 seconds.',
  text: 'the kubelet does not answer.',
  otherwise: kubeletIsSilent,
});

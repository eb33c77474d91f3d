import { nodeSays } from './node.ts';

export const nodeNetworkUnavailable = nodeSays({
  type: 'NetworkUnavailable',
  means: 'The network of the node is not set up.',
  todo: 'Look at the network plugin on the node.',
  when: 'The condition NetworkUnavailable of the node is True.',
  text: 'has no network for pods.',
});

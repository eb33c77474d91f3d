import { nodeSays } from './node.ts';

export const nodeMemoryPressure = nodeSays({
  type: 'MemoryPressure',
  means: 'The memory of the node is nearly used up: its kubelet evicts pods.',
  todo: 'Look which pods use more than they ask for, and set requests and limits.',
  when: 'The condition MemoryPressure of the node is True.',
  text: 'has too little memory left.',
});

import { nodeSays } from './node.ts';

export const nodeDiskPressure = nodeSays({
  type: 'DiskPressure',
  means: 'The disk of the node is nearly full: its kubelet evicts pods and takes no new ones.',
  todo: 'Make room on the node: images, logs, emptyDir volumes.',
  when: 'The condition DiskPressure of the node is True.',
  text: 'has too little disk left.',
});

import { nodeSays } from './node.ts';

export const nodePidPressure = nodeSays({
  type: 'PIDPressure',
  means: 'The node has nearly no process numbers left.',
  todo: 'Look which pod makes so many processes, and set a limit for them.',
  when: 'The condition PIDPressure of the node is True.',
  text: 'has too few process numbers left.',
});

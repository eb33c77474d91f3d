import { formatQuantity } from '../../../../std/quantity.ts';
import { NO_ROOM } from '../cures.ts';
import { requestOf } from './fit.ts';
import { misfit, onNodes } from './misfit.ts';

export const cpuDoesNotFit = misfit({
  blockers: ['cpu'],
  means: 'No node has as much CPU free as the pod asks for.',
  todo: 'Ask for less CPU, end what is not needed, or add a node.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (pod, fit) =>
    `it asks for ${formatQuantity(requestOf(pod.spec, 'cpu'))} CPU, and ${onNodes(fit)} have less free.`,
  cures: NO_ROOM,
});

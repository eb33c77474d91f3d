import { NO_ROOM } from '../cures.ts';
import { misfit, onNodes } from './misfit.ts';

export const extendedResourceMissing = misfit({
  blockers: ['resource'],
  means: 'The pod asks for a resource, such as a GPU, of which no node has enough.',
  todo: 'Correct the name of the resource, or add a node that has it.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have not enough ${fit.detail}.`,
  cures: NO_ROOM,
});

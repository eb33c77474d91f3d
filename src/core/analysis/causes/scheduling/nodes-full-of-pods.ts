import { NO_ROOM } from '../cures.ts';
import { misfit, onNodes } from './misfit.ts';

export const nodesFullOfPods = misfit({
  blockers: ['pods'],
  means: 'The nodes have as many pods as their kubelets take.',
  todo: 'End pods that are not needed, or add a node.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have as many pods as they take.`,
  cures: NO_ROOM,
});

import { misfit, onNodes } from './misfit.ts';

export const nodesNotReady = misfit({
  blockers: ['not ready'],
  means: 'Every node that could take the pod is not ready.',
  todo: 'Look at the nodes: their own causes come first.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} are not ready.`,
  specificity: 'place',
  cures: { fits: [], pointless: ['restart', 'delete', 'scale', 'rollback', 'resize'], harmful: ['drain', 'cordon'] },
});

import { misfit, onNodes } from './misfit.ts';

export const nodesCordoned = misfit({
  blockers: ['cordon'],
  means: 'Every node that could take the pod is cordoned.',
  todo: 'Uncordon a node: kubectl uncordon NODE.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} are cordoned.`,
  cures: { fits: [], pointless: ['restart', 'delete', 'scale', 'rollback', 'resize'], harmful: ['cordon', 'drain'] },
});

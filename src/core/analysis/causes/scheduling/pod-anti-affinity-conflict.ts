import { BAD_TEMPLATE } from '../cures.ts';
import { misfit, onNodes } from './misfit.ts';

export const podAntiAffinityConflict = misfit({
  blockers: ['anti-affinity'],
  means: 'Every node has a pod beside which this one must not be.',
  todo: 'Add a node, run fewer replicas, or prefer the anti-affinity instead of requiring it.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have a pod beside which it must not be (anti-affinity).`,
  cures: { ...BAD_TEMPLATE, fits: ['scale', 'rollback', 'patch'], pointless: ['restart', 'delete', 'resize'] },
});

import { misfit, onNodes } from './misfit.ts';

export const podAffinityUnmet = misfit({
  blockers: ['pod affinity'],
  means: 'No node has the pod beside which this one has to be.',
  todo: 'Bring up the pods that the affinity names, or correct its labels.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have no pod that its affinity asks for.`,
});

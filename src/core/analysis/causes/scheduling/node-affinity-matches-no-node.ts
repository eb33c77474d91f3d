import { misfit, onNodes } from './misfit.ts';

export const nodeAffinityMatchesNoNode = misfit({
  blockers: ['affinity'],
  means: 'No node matches the node affinity that the pod requires.',
  todo: 'Correct the node affinity of the template, or label a node.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} do not match the node affinity that it requires.`,
});

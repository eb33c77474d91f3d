import { misfit, onNodes } from './misfit.ts';

export const hostPortTaken = misfit({
  blockers: ['ports'],
  means: 'The host port of the pod is taken on every node.',
  todo: 'Give up the host port, or run fewer pods with it.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have its host port taken.`,
});

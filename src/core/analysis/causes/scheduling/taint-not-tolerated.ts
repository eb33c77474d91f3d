import { misfit, onNodes } from './misfit.ts';

export const taintNotTolerated = misfit({
  blockers: ['taint'],
  means: 'The nodes have a taint that the pod does not tolerate.',
  todo: 'Add the toleration to the template, or take the taint off a node.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) =>
    `${onNodes(fit)} have ${(fit.detail ?? '') === '' ? 'a taint' : `the taint {${fit.detail}}`}, which it does not tolerate.`,
});

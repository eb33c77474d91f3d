import { misfit } from './misfit.ts';

export const nodeSelectorMatchesNoNode = misfit({
  blockers: ['selector'],
  means: 'No node has the labels of spec.nodeSelector.',
  todo: 'Correct the node selector of the template, or label a node.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: ({ spec }) =>
    `no node that could take it has ${Object.entries(spec?.nodeSelector ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(', ')}.`,
});

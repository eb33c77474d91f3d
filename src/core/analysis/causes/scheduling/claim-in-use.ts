import { misfit, onNodes } from './misfit.ts';

export const claimInUse = misfit({
  blockers: ['claim in use'],
  means: 'A claim of the pod has access mode ReadWriteOncePod, and another pod uses it.',
  todo: 'End the pod that has the claim. A Deployment with such a claim needs `strategy.type: Recreate`, since a rolling update starts the new pod first.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `on ${onNodes(fit)} another pod has its claim, which takes one pod (ReadWriteOncePod).`,
  // Another pod of the same workload waits for the same claim.
  cures: { fits: [], pointless: ['restart', 'resize', 'cordon', 'drain'], harmful: ['scale'] },
});

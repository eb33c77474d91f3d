import { NO_ROOM } from '../cures.ts';
import { misfit, onNodes } from './misfit.ts';

export const volumeLimitReached = misfit({
  blockers: ['volume count'],
  means: 'The nodes have as many volumes attached as their storage driver allows.',
  todo: 'Add a node, or end pods with volumes that are not needed. `kubectl get csinode NODE -o yaml` says how many a node takes.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} have as many volumes as their storage driver allows.`,
  cures: NO_ROOM,
});

import { misfit, onNodes } from './misfit.ts';

export const topologySpreadUnmet = misfit({
  blockers: ['spread'],
  means: 'Placing the pod would spread the pods less evenly than they must be.',
  todo: 'Add nodes in the zones that lack pods, or set whenUnsatisfiable: ScheduleAnyway.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} would break its topology spread constraints.`,
});

import { misfit } from './misfit.ts';

export const volumeGone = misfit({
  blockers: ['volume gone'],
  means: 'A claim of the pod is bound to a PersistentVolume that is not there any more.',
  todo: 'Make the PersistentVolume anew for the same disk, or make a new claim and bring the data back.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: () => 'one of its claims is bound to a PersistentVolume that does not exist any more.',
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize', 'cordon', 'drain'], harmful: ['delete'] },
});

import { misfit, onNodes } from './misfit.ts';

export const volumeZoneConflict = misfit({
  blockers: ['zone', 'volume'],
  means: 'The volume of the pod lies where no node may take the pod.',
  todo: 'Bring a node of the zone of the volume back, or move the data to a new volume.',
  when: 'The newest FailedScheduling event, or the condition PodScheduled, counts this blocker on most nodes.',
  text: (_pod, fit) => `${onNodes(fit)} cannot reach its volume (volume node affinity).`,
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: ['delete', 'drain', 'cordon'] },
});

import { startFails, workloadName } from './container-wait.ts';

export const volumeAttachedElsewhere = startFails({
  states: [],
  events: ['FailedAttachVolume'],
  message: /Multi-Attach error for volume "([^"]+)"/,
  means: 'The volume can be used on one node at a time, and another node has it.',
  todo: 'Wait until the other pod has ended. If its node is lost, follow the steps for a lost node before the volume is taken from it.',
  when: 'The pod has the event FailedAttachVolume with a Multi-Attach error.',
  text: (pod, [volume], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: volume ${volume} is attached to another node.`,
  cures: { fits: [], pointless: ['restart', 'rollback', 'resize'], harmful: ['delete', 'scale'] },
});

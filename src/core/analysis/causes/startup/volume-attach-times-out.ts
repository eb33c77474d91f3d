import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { ATTACH_TIMES_OUT } from './kubelet-words.ts';

export const volumeAttachTimesOut = startFails({
  ...MOUNT,
  message: ATTACH_TIMES_OUT,
  means: 'The controller of the CSI driver does not attach the volume, or its cloud does not answer.',
  todo: 'Look at the controller of the CSI driver: whether its pods run, their log, and the VolumeAttachment.',
  when: 'The attach controller has waited in vain for the external attacher.',
  text: (pod, [driver, volume], snapshot) => {
    const who = driver ? `CSI driver ${driver}` : `the driver of volume ${volume}`;
    return `${workloadName(pod, snapshot)} cannot start: ${who} does not attach its volume.`;
  },
  specificity: 'place',
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: ['delete', 'drain'] },
});

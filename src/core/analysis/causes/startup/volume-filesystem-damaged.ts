import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { FILESYSTEM_DAMAGED } from './kubelet-words.ts';

export const volumeFilesystemDamaged = startFails({
  ...MOUNT,
  message: FILESYSTEM_DAMAGED,
  means: 'The file system of the volume is damaged, and was not repaired by itself.',
  todo: 'Take a snapshot of the volume. Then repair the file system by hand with fsck, or restore a backup.',
  when: 'fsck or mount says so in the event of the kubelet.',
  text: (pod, groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the file system on ${groups.find((one) => one !== '')} is damaged.`,
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: ['delete', 'drain'] },
});

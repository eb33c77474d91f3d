import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { SERVER_FAILS } from './kubelet-words.ts';

export const volumeServerFails = startFails({
  ...MOUNT,
  message: SERVER_FAILS,
  means: 'The server of a shared file system does not answer, or refuses the node.',
  todo: 'Look whether the server of the volume runs, whether the node reaches it, and what it allows the node.',
  when: 'The program that mounts NFS, SMB or Ceph says so in the event of the kubelet.',
  text: (pod, groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the server of a volume fails: ${groups.find((one) => one !== '')}`,
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: ['delete', 'drain'] },
});

import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { HOST_PATH_WRONG } from './kubelet-words.ts';

export const hostPathWrong = startFails({
  ...MOUNT,
  message: HOST_PATH_WRONG,
  means: 'A hostPath volume names a path that its node does not have, or that is something else there.',
  todo: 'Correct the path or the type of the volume, or prepare the node.',
  when: 'The kubelet says that the check of the type of a hostPath failed.',
  text: (pod, [path, type], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: ${path} on node ${pod.spec?.nodeName} is not ${type}.`,
});

import { BAD_NODE } from '../cures.ts';
import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { DRIVER_MISSING } from './kubelet-words.ts';

export const volumeDriverMissing = startFails({
  ...MOUNT,
  message: DRIVER_MISSING,
  means: 'The driver of the volume does not run on the node of the pod.',
  todo: 'Look at the DaemonSet of the CSI driver: its pod on this node is missing, or not ready.',
  when: 'The kubelet does not find the CSI driver of the volume, or the CSINode of the node does not have it.',
  text: (pod, [mounting, attaching], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: node ${pod.spec?.nodeName} does not have CSI driver ${mounting || attaching}.`,
  cures: BAD_NODE,
});

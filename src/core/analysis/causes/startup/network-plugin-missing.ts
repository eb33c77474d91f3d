import { BAD_NODE } from '../cures.ts';
import { startFails, workloadName } from './container-wait.ts';
import { PLUGIN_MISSING } from './kubelet-words.ts';

export const networkPluginMissing = startFails({
  states: [],
  events: ['FailedCreatePodSandBox', 'NetworkNotReady'],
  message: PLUGIN_MISSING,
  means: 'The network plugin of the node is not installed, or has not started.',
  todo: 'Look at the DaemonSet of the network plugin: its pod on this node is missing, or not ready.',
  when: 'The events FailedCreatePodSandBox or NetworkNotReady say so.',
  text: (pod, _groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the network plugin of node ${pod.spec?.nodeName} does not work.`,
  cures: BAD_NODE,
});

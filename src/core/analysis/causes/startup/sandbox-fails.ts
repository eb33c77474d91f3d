import { BAD_NODE } from '../cures.ts';
import { startFails, workloadName } from './container-wait.ts';
import { hasCauseOfItsOwn } from './kubelet-words.ts';

export const sandboxFails = startFails({
  states: [],
  events: ['FailedCreatePodSandBox', 'FailedPodSandBoxStatus'],
  message: /^(?!.*(?:OOM-killed|containerd\.sock|crio\.sock|dockershim\.sock|docker\.sock))([\s\S]{1,200})/i,
  means: 'The runtime cannot make the sandbox of the pod, usually for its network.',
  todo: 'Read the message: most often the network plugin of the node does not work, or its addresses are used up.',
  when: 'The pod has the event FailedCreatePodSandBox, and the runtime does answer.',
  only: (_pod, said) => !hasCauseOfItsOwn(said.text),
  text: (pod, [why], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start on node ${pod.spec?.nodeName}: its sandbox cannot be made: ${why}`,
  specificity: 'place',
  cures: BAD_NODE,
});

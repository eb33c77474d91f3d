import { MOUNT, startFails, workloadName } from './container-wait.ts';
import { hasCauseOfItsOwn } from './kubelet-words.ts';

export const volumeMountFails = startFails({
  ...MOUNT,
  message:
    /^(?!.*(?:configmap|secret) "[^"]+" not found|[\s\S]*references non-existent|[\s\S]*Multi-Attach)([\s\S]{1,160})/i,
  means: 'A volume of the pod cannot be attached or mounted.',
  todo: 'Read the message of the event: the storage, its driver on the node, or its name.',
  when: 'The pod has the event FailedMount or FailedAttachVolume, and it names no ConfigMap or Secret.',
  only: (_pod, said) => !hasCauseOfItsOwn(said.text),
  text: (pod, [why], snapshot) => `${workloadName(pod, snapshot)} cannot start: a volume cannot be mounted: ${why}`,
  specificity: 'place',
  cures: { fits: [], pointless: ['restart', 'rollback', 'scale', 'resize'], harmful: ['delete'] },
});

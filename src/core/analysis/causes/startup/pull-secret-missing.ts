import { OTHER_OBJECT } from '../cures.ts';
import { imageOf, pullSecrets } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

export const pullSecretMissing = startFails({
  ...PULL,
  message:
    /(?:image "([^"]+)")?[\s\S]*(?:unauthorized|access denied|authentication required|failed to authorize|no basic auth credentials|insufficient_scope|40[13] \(?(?:Forbidden|Unauthorized)|denied:)/i,
  means: 'The registry asks for credentials, and the pod has no pull secret.',
  todo: 'Create the pull secret, and name it in imagePullSecrets of the template or of its ServiceAccount.',
  when: 'The kubelet cannot pull the image, the registry refuses, and the pod names no pull secret, or one that is not there.',
  text: (pod, [image], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the registry asks for credentials for image ${image || imageOf(pod)}, and the pod has no pull secret.`,
  cures: OTHER_OBJECT,
  unless: 'Every pull secret that the pod names is there: then ImageRegistryAuth holds.',
  only: (pod, _said, snapshot) => pullSecrets(pod, snapshot) === 'missing',
});

import { OTHER_OBJECT } from '../cures.ts';
import { imageOf, pullSecrets } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

export const imageRegistryAuth = startFails({
  ...PULL,
  message:
    /(?:image "([^"]+)")?[\s\S]*(?:unauthorized|access denied|authentication required|failed to authorize|no basic auth credentials|insufficient_scope|40[13] \(?(?:Forbidden|Unauthorized)|denied:)/i,
  means: 'The registry refuses the credentials of the pod, which has a pull secret.',
  todo: 'Renew the pull secret that the pod names, and let its account read the image.',
  when: 'The kubelet cannot pull the image, the registry refuses, and the pull secrets that the pod names are there.',
  text: (pod, [image], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the registry refuses to give image ${image || imageOf(pod)} with the pull secret that it has.`,
  cures: OTHER_OBJECT,
  unless: 'The pod names no pull secret, or one that is not there: then PullSecretMissing holds.',
  only: (pod, _said, snapshot) => pullSecrets(pod, snapshot) === 'there',
});

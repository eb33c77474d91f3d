import { imageOf } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

export const registryDnsFails = startFails({
  ...PULL,
  message:
    /(?:image "([^"]+)")?[\s\S]*lookup (\S+?)(?: on \S+)?: (?:no such host|server misbehaving|Temporary failure|i\/o timeout)/,
  means: 'The name of the registry does not resolve on the node.',
  todo: 'Correct the host of the image in the template. If the host is right, look at the DNS of the node.',
  when: 'The kubelet cannot pull the image, and the lookup of the host of the registry fails.',
  text: (pod, [image, host], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the host ${host} of image ${image || imageOf(pod)} does not resolve.`,
});

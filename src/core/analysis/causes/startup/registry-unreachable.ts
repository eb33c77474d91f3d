import { OUTSIDE } from '../cures.ts';
import { imageOf } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

export const registryUnreachable = startFails({
  ...PULL,
  message:
    /^(?![\s\S]*(?:no such host|x509: |failed to verify certificate))(?:[\s\S]*image "([^"]+)")?[\s\S]*(?:dial tcp|i\/o timeout|connection refused|TLS handshake|connection reset|toomanyrequests|Too Many Requests|context deadline exceeded|50[234] )/,
  means: 'The registry does not answer, or gives no more images for now.',
  todo: 'Look whether the registry is up and can be reached from the node. Pulls come again by themselves.',
  when: 'The kubelet cannot pull the image, and the connection to the registry fails.',
  text: (pod, [image], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: the registry of image ${image || imageOf(pod)} does not answer.`,
  cures: OUTSIDE,
  unless: 'The host of the registry does not resolve: then RegistryDnsFails holds.',
});

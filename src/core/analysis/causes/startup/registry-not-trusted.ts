import { OUTSIDE } from '../cures.ts';
import { imageOf } from './images.ts';
import { PULL, startFails, workloadName } from './container-wait.ts';

export const registryNotTrusted = startFails({
  ...PULL,
  message:
    /(?:image "([^"]+)")?[\s\S]*(?:x509: |failed to verify certificate|remote error: tls|server gave HTTP response to HTTPS client)/,
  means: 'The node does not trust the certificate of the registry, or the registry speaks no TLS.',
  todo: 'Give the runtime of the nodes the certificate authority of the registry, or renew the certificate. A registry without TLS has to be named in the configuration of the runtime.',
  when: 'The kubelet cannot pull the image, and the runtime says x509, or that the server answered HTTPS by HTTP.',
  text: (pod, [image], snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: its node does not trust the registry of image ${image || imageOf(pod)}.`,
  cures: OUTSIDE,
});

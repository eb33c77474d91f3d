import { imageOf } from './images.ts';
import { startFails, workloadName } from './container-wait.ts';

export const imageArchitectureMismatch = startFails({
  states: [
    'CrashLoopBackOff',
    'Error',
    'StartError',
    'RunContainerError',
    'ErrImagePull',
    'ImagePullBackOff',
    'CreateContainerError',
  ],
  events: ['Failed'],
  message:
    /(?:exec format error|no match for platform|no image found in (?:manifest list|image index)|does not match the specified platform)/,
  means: 'The image was built for another kind of processor than the node has.',
  todo: 'Build the image for the architecture of the nodes, or select nodes that have it.',
  when: 'The runtime says "exec format error", or the registry "no match for platform".',
  text: (pod, _groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: image ${imageOf(pod)} is not built for the architecture of node ${pod.spec?.nodeName}.`,
});

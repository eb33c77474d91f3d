import { imageOf } from './images.ts';
import { startFails, workloadName } from './container-wait.ts';

export const imageNameInvalid = startFails({
  states: ['InvalidImageName'],
  events: ['InspectFailed', 'Failed'],
  message: /(?:couldn.t parse image name|InvalidImageName|invalid reference format|Failed to apply default image tag)/i,
  means: 'The name of the image is no name that a registry can have.',
  todo: 'Correct the image of the template: lower case, no spaces, at most one tag.',
  when: 'The kubelet says InvalidImageName.',
  text: (pod, _groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: ${imageOf(pod)} is no valid name of an image.`,
});

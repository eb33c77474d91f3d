import { imageOf } from './images.ts';
import { CREATE, startFails, workloadName } from './container-wait.ts';

export const runAsRootForbidden = startFails({
  ...CREATE,
  message: /(container has runAsNonRoot and image (?:will run as root|has non-numeric user))/,
  means: 'The template forbids root, and the image runs as root.',
  todo: 'Set runAsUser in the template, or a user in the image.',
  when: 'The kubelet says that the container has runAsNonRoot and the image will run as root.',
  text: (pod, _groups, snapshot) =>
    `${workloadName(pod, snapshot)} cannot start: runAsNonRoot is set, and image ${imageOf(pod)} runs as root.`,
});

import { runtimeIsSilent, serviceDown } from './node.ts';

export const containerRuntimeDown = serviceDown({
  services: ['containerd', 'crio', 'docker'],
  means: 'The container runtime of the node does not answer, so that no container starts or ends there.',
  todo: 'Start the runtime on the node (containerd, CRI-O), and look why it ended.',
  when: 'The node is not ready because of its runtime, or events name the socket of the runtime.',
  text: 'the container runtime does not answer.',
  otherwise: runtimeIsSilent,
});

import { fieldEvidence, refOf } from '../../evidence.ts';
import { isReady } from '../facts.ts';
import { serviceDown } from './node.ts';

export const kubeProxyDown = serviceDown({
  services: ['kube-proxy'],
  means: 'kube-proxy of the node is down, so that the addresses of Services do not work there.',
  todo: 'Start kube-proxy on the node, and look why it ended.',
  when: 'The pod of kube-proxy on the node is not ready, or the node says that the service does not run.',
  text: 'kube-proxy is down.',
  otherwise(node, snapshot) {
    const pod = snapshot
      .podsOn(node.metadata.name)
      .find(
        ({ metadata }) =>
          metadata.namespace === 'kube-system' &&
          (metadata.labels?.['k8s-app'] === 'kube-proxy' || metadata.labels?.['component'] === 'kube-proxy'),
      );
    return pod === undefined || isReady(pod)
      ? undefined
      : [fieldEvidence(refOf(pod), 'ready', `pod ${pod.metadata.name} is not ready`)];
  },
});

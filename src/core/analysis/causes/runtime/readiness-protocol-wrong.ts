import { probeFails } from './probe.ts';

export const readinessProtocolWrong = probeFails({
  kind: 'Readiness',
  faults: ['protocol'],
  means: 'The readiness probe speaks another protocol than the container, so that the pod gets no traffic.',
  todo: 'Use the kind of probe that fits the server: httpGet, grpc or tcpSocket, and the right scheme.',
  when: 'The readiness probe fails, and the answer is none of its protocol.',
  text: (name) =>
    `${name} gets no traffic though it works: its readiness probe speaks another protocol than the server on that port.`,
});

import { probeFails } from './probe.ts';

export const livenessProtocolWrong = probeFails({
  kind: 'Liveness',
  faults: ['protocol'],
  means: 'The liveness probe speaks another protocol than the container, so that a healthy container is restarted.',
  todo: 'Use the kind of probe that fits the server: httpGet, grpc or tcpSocket, and the right scheme.',
  when: 'The liveness probe fails, and the answer is none of its protocol.',
  text: (name) =>
    `${name} is restarted though it works: its liveness probe speaks another protocol than the server on that port.`,
});

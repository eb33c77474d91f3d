import { probeFails } from './probe.ts';

export const livenessPortWrong = probeFails({
  kind: 'Liveness',
  faults: ['port'],
  means: 'The liveness probe asks a port on which no container listens, so that a healthy container is restarted.',
  todo: 'Correct the port of livenessProbe in the template.',
  when: 'The liveness probe fails, and its port is none of the ports that the containers declare.',
  text: (name, { port }) =>
    `${name} is restarted though it works: its liveness probe asks port ${port}, which no container declares.`,
});

import { probeFails } from './probe.ts';

export const readinessPortWrong = probeFails({
  kind: 'Readiness',
  faults: ['port'],
  means: 'The readiness probe asks a port on which no container listens, so that the pod gets no traffic.',
  todo: 'Correct the port of readinessProbe in the template.',
  when: 'The readiness probe fails, and its port is none of the ports that the containers declare.',
  text: (name, { port }) =>
    `${name} gets no traffic though it works: its readiness probe asks port ${port}, which no container declares.`,
});

import { probeFails } from './probe.ts';

export const readinessPathWrong = probeFails({
  kind: 'Readiness',
  faults: ['path'],
  means: 'The readiness probe asks a path that the server does not have or does not allow.',
  todo: 'Correct path of readinessProbe in the template.',
  when: 'The readiness probe fails with a status from 400 to 499.',
  text: (name, { probe }) =>
    `${name} gets no traffic: the server refuses the path ${probe.httpGet?.path ?? '/'} of its readiness probe.`,
});

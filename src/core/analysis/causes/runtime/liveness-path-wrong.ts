import { probeFails } from './probe.ts';

export const livenessPathWrong = probeFails({
  kind: 'Liveness',
  faults: ['path'],
  means: 'The liveness probe asks a path that the server does not have or does not allow.',
  todo: 'Correct path of livenessProbe in the template.',
  when: 'The liveness probe fails with a status from 400 to 499.',
  text: (name, { probe }) =>
    `${name} is restarted though it works: the server refuses the path ${probe.httpGet?.path ?? '/'} of its liveness probe.`,
});

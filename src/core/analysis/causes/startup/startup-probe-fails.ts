import { probeFails } from '../runtime/probe.ts';

export const startupProbeFails = probeFails({
  kind: 'Startup',
  faults: ['port', 'protocol', 'path', 'time', 'other'],
  specificity: 'place',
  means: 'The container does not answer its startup probe in time, and is ended for it.',
  todo: 'Read the log of the container. If it starts well but slowly, raise failureThreshold of startupProbe.',
  when: 'The startup probe fails, and the container is not ready or was restarted.',
  text: (name, { port }) =>
    `${name} does not start: its startup probe on ${port === undefined ? 'a command' : `port ${port}`} gets no good answer.`,
});

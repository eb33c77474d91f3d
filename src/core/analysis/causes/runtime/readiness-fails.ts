import { probeFails } from './probe.ts';

export const readinessFails = probeFails({
  kind: 'Readiness',
  faults: ['time', 'other'],
  means: 'The program says by its readiness probe that it cannot serve, or does not answer the probe.',
  todo: 'Read the log of the container, and look at what it depends on.',
  when: 'The readiness probe fails, and neither port, protocol nor path of it is wrong.',
  text: (name) => `${name} gets no traffic: its readiness probe fails, and the probe itself looks right.`,
  specificity: 'symptom',
  // A program that hangs answers again when it begins anew; so does one whose release was good before.
  cures: { fits: ['restart', 'delete', 'rollback', 'patch'], pointless: ['resize'], harmful: ['drain'] },
});

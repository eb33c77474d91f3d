import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';
import { endedSo } from './ending.ts';

export const memoryFault: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'place',
  means: 'The program breaks down with a fault of the processor or of memory, such as a segmentation fault.',
  todo: 'Compare with the revision before, and look at native libraries and at the architecture.',
  when: 'The last run ended with exit code 132, 134, 135, 136 or 139.',
  unless: 'The pod is ready, and no container was restarted within ten minutes.',
  cures: { fits: ['rollback', 'restart'], pointless: ['scale'], harmful: ['drain'] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const ended = endedSo(pod, snapshot, (end) => [132, 134, 135, 136, 139].includes(end.exitCode));
    if (ended === undefined) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} breaks down: container ${ended.container.name} ended by signal ${ended.end.exitCode - 128}.`,
      evidence: [containerEvidence(pod, ended.container)],
    };
  },
};

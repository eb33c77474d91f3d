import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';
import { endedSo } from './ending.ts';

export const programCannotRun: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'place',
  means: 'The command cannot be run: it is not there, or not executable.',
  todo: 'Correct command and args of the template, or the image.',
  when: 'The last run ended with exit code 126, 127 or 128, which shells and runtimes use for this.',
  unless: 'The pod is ready, and no container was restarted within ten minutes.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: ['drain'] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const ended = endedSo(pod, snapshot, (end) => end.exitCode === 126 || end.exitCode === 127 || end.exitCode === 128);
    if (ended === undefined) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} cannot run its command: container ${ended.container.name} ended with exit code ${ended.end.exitCode}.`,
      evidence: [containerEvidence(pod, ended.container)],
    };
  },
};

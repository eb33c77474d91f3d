import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';
import { endedSo } from './ending.ts';

export const applicationCrashes: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'symptom',
  means: 'The program ends with an error of its own.',
  todo: 'Read the log of the last run: kubectl logs POD --previous. Compare with the revision before.',
  when: 'The last run ended with an exit code from 1 to 125.',
  unless: 'The pod is ready, and no container was restarted within ten minutes.',
  cures: { fits: ['rollback', 'restart'], pointless: ['scale'], harmful: ['drain'] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const ended = endedSo(pod, snapshot, (end) => end.exitCode > 0 && end.exitCode < 126 && end.reason !== 'OOMKilled');
    if (ended === undefined) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} crashes: container ${ended.container.name} ended with exit code ${ended.end.exitCode}.`,
      evidence: [containerEvidence(pod, ended.container)],
    };
  },
};

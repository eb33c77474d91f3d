import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';
import { endedSo } from './ending.ts';

export const endsWithoutError: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'place',
  means: 'The program ends well, but something that runs for good is expected of it.',
  todo: 'Give it a command that keeps running, or make a Job of it.',
  when: 'A container that is to run for good ends with exit code 0 and is in CrashLoopBackOff.',
  unless: 'The pod is ready, and no container was restarted within ten minutes.',
  cures: { fits: ['rollback', 'patch'], pointless: ['restart', 'delete', 'scale', 'resize'], harmful: ['drain'] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const ended = endedSo(
      pod,
      snapshot,
      (end, { state }) =>
        end.exitCode === 0 &&
        pod.spec?.restartPolicy !== 'Never' &&
        pod.spec?.restartPolicy !== 'OnFailure' &&
        state?.waiting?.reason === 'CrashLoopBackOff',
    );
    if (ended === undefined) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} keeps being restarted: container ${ended.container.name} ends without an error instead of running on.`,
      evidence: [containerEvidence(pod, ended.container)],
    };
  },
};

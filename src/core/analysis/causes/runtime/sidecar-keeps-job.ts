import { fromTimestamp } from '../../../../std/clock.ts';
import type { Cause } from '../../finding.ts';
import { containerEvidence } from '../facts.ts';

/** A proxy that ends with its program takes seconds. */
const LONG_MS = 300_000;

export const sidecarKeepsJob: Cause<'Pod'> = {
  family: 'runtime',
  specificity: 'exact',
  means:
    'The program of a Job has ended well, and another container of its pod runs on, so that the Job never completes.',
  todo: 'Make the other container an init container with restartPolicy: Always, or end it with the program.',
  when: 'In a pod that is not to be restarted, one container ended with exit code 0 five minutes ago, and another runs.',
  unless: 'The pod restarts its containers always, or the program failed.',
  cures: { fits: ['patch'], pointless: ['restart', 'scale', 'resize'], harmful: [] },
  kinds: ['Pod'],
  find(pod, snapshot) {
    const { restartPolicy = 'Always' } = pod.spec ?? {};
    const statuses = pod.status?.containerStatuses ?? [];
    if (restartPolicy === 'Always' || snapshot.rootOf(pod).kind === 'Pod') return undefined;
    const done = statuses.find(({ state }) => {
      const at = fromTimestamp(state?.terminated?.finishedAt);
      return state?.terminated?.exitCode === 0 && at !== undefined && snapshot.at - at > LONG_MS;
    });
    const running = statuses.find(({ state }) => state?.running !== undefined);
    if (done === undefined || running === undefined) return undefined;
    if (statuses.some(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)) return undefined;
    return {
      text: `${snapshot.rootOf(pod).name} does not complete: container ${done.name} has ended, and ${running.name} runs on.`,
      evidence: [containerEvidence(pod, done), containerEvidence(pod, running)],
    };
  },
};

import { conditionEvidence } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';

export const jobExhausted: Cause<'Job'> = {
  family: 'runtime',
  specificity: 'place',
  means: 'The Job has failed as often as it may, or has run out of its time.',
  todo: 'Read the log of its last pod, put that right, and start the Job anew.',
  when: 'The Job has the condition Failed, with BackoffLimitExceeded or DeadlineExceeded.',
  unless: 'The Job is complete.',
  cures: { fits: ['restart'], pointless: ['scale', 'resize'], harmful: [] },
  kinds: ['Job'],
  find(job) {
    const failed = condition(job, 'Failed');
    if (failed?.status !== 'True') return undefined;
    return {
      text: `Job ${job.metadata.namespace}/${job.metadata.name} has failed: ${failed.reason ?? 'no reason given'}.`,
      evidence: [conditionEvidence(job, failed)],
    };
  },
};

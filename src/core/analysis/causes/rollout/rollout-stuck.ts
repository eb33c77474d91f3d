import { fromTimestamp } from '../../../../std/clock.ts';
import { conditionEvidence } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { condition } from '../facts.ts';

export const rolloutStuck: Cause<'Deployment'> = {
  family: 'rollout',
  specificity: 'symptom',
  means: 'A rollout has made no progress within its deadline.',
  todo: 'Look at the pods of the new revision: their cause explains this one.',
  when: 'The condition Progressing is False with ProgressDeadlineExceeded.',
  unless: 'The Deployment progresses, or has a better cause.',
  cures: { fits: ['rollback'], pointless: ['restart', 'delete', 'scale'], harmful: [] },
  kinds: ['Deployment'],
  find(deployment) {
    const progressing = condition(deployment, 'Progressing');
    if (progressing?.status !== 'False' || progressing.reason !== 'ProgressDeadlineExceeded') return undefined;
    const since = fromTimestamp(progressing.lastTransitionTime);
    return {
      text: `The rollout of ${deployment.metadata.namespace}/${deployment.metadata.name} makes no progress.`,
      evidence: [conditionEvidence(deployment, progressing)],
      ...(since !== undefined && { since }),
    };
  },
};

import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';

export const rolloutPaused: Cause<'Deployment'> = {
  family: 'rollout',
  specificity: 'exact',
  means: 'The Deployment is paused in the middle of a change, so that the change waits.',
  todo: 'Resume it: kubectl rollout resume.',
  when: 'spec.paused is true, and not all replicas are of the newest revision.',
  unless: 'All replicas are up to date.',
  cures: { fits: ['patch'], pointless: ['restart', 'rollback', 'delete'], harmful: [] },
  kinds: ['Deployment'],
  find(deployment) {
    const { spec, status, metadata } = deployment;
    if (spec?.paused !== true || (status?.updatedReplicas ?? 0) >= (spec.replicas ?? 1)) return undefined;
    return {
      text: `Deployment ${metadata.namespace}/${metadata.name} is paused, and ${status?.updatedReplicas ?? 0} of ${spec.replicas ?? 1} replicas are up to date.`,
      evidence: [fieldEvidence(refOf(deployment), 'paused', 'spec.paused is true')],
    };
  },
};

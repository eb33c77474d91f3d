import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { revisionOf } from '../../snapshot.ts';
import { isUnwell } from '../facts.ts';
import { changesBetween } from '../../changes.ts';

export const badRevision: Cause<'Deployment'> = {
  family: 'rollout',
  specificity: 'place',
  means: 'The newest revision of the template fails, while pods of the one before it are well.',
  todo: 'Go back: kubectl rollout undo. Then look at what the revision changed.',
  when: 'Pods of the newest ReplicaSet are unwell, and a ReplicaSet before it has ready pods.',
  unless: 'Pods of both revisions fail, or of neither.',
  cures: { fits: ['rollback'], pointless: ['restart', 'delete', 'scale'], harmful: [] },
  kinds: ['Deployment'],
  find(deployment, snapshot) {
    const [newest, ...older] = snapshot.revisionsOf(refOf(deployment));
    if (newest === undefined || (newest.spec?.replicas ?? 0) === 0) return undefined;
    const well = older.find(({ status }) => (status?.readyReplicas ?? 0) > 0);
    const pods = snapshot.podsOf(newest);
    if (well === undefined || pods.length === 0 || !pods.every((pod) => isUnwell(pod, snapshot.at))) return undefined;
    if ((newest.status?.readyReplicas ?? 0) > 0) return undefined;
    const changes = changesBetween(well, newest)
      .slice(0, 3)
      .map(({ text }) => text)
      .join('; ');
    return {
      text: `Revision ${revisionOf(newest)} of ${deployment.metadata.name} fails, and revision ${revisionOf(well)} works${changes === '' ? '' : `: ${changes}`}.`,
      evidence: [
        fieldEvidence(
          refOf(newest),
          'readyReplicas',
          `revision ${revisionOf(newest)}: 0 of ${newest.spec?.replicas} ready`,
        ),
        fieldEvidence(
          refOf(well),
          'readyReplicas',
          `revision ${revisionOf(well)}: ${well.status?.readyReplicas} ready`,
        ),
      ],
    };
  },
};

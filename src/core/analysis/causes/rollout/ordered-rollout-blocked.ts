import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { isUnwell } from '../facts.ts';

/** https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#forced-rollback */
export const orderedRolloutBlocked: Cause<'StatefulSet'> = {
  family: 'rollout',
  specificity: 'place',
  means:
    'A StatefulSet waits for a pod of an older revision that never gets ready, so that a corrected template does not reach it.',
  todo: 'Delete the broken pod by hand after the template is right.',
  when: 'The StatefulSet has two revisions, and an unwell pod has the label of the one that is no longer wanted.',
  unless: 'The unwell pod is of the wanted revision: then its own cause holds.',
  cures: { fits: ['delete'], pointless: ['restart', 'scale'], harmful: [] },
  kinds: ['StatefulSet'],
  find(set, snapshot) {
    const { currentRevision, updateRevision } = set.status ?? {};
    if (currentRevision === undefined || updateRevision === undefined || currentRevision === updateRevision)
      return undefined;
    const broken = snapshot
      .podsOf(set)
      .find(
        (pod) =>
          isUnwell(pod, snapshot.at) &&
          pod.metadata.labels?.['controller-revision-hash'] !== updateRevision &&
          pod.metadata.labels?.['controller-revision-hash'] !== undefined,
      );
    if (broken === undefined) return undefined;
    return {
      text: `StatefulSet ${set.metadata.namespace}/${set.metadata.name} waits for pod ${broken.metadata.name}, which is of an old revision and not ready.`,
      evidence: [
        fieldEvidence(
          refOf(broken),
          'revision',
          `pod ${broken.metadata.name} is of ${broken.metadata.labels?.['controller-revision-hash']}, and ${updateRevision} is wanted`,
        ),
      ],
    };
  },
};

import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import { matches } from '../../selectors.ts';

export const scaledToZero: Cause<'Deployment' | 'StatefulSet'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The workload behind a Service is scaled to zero.',
  todo: 'Scale it up: kubectl scale --replicas=N. Look at the audit log for the scaling.',
  when: 'spec.replicas is 0, and a Service selects the pods of the workload.',
  unless: 'No Service selects it, or something else answers for that Service.',
  cures: { fits: ['scale'], pointless: ['restart', 'delete', 'rollback', 'resize'], harmful: [] },
  kinds: ['Deployment', 'StatefulSet'],
  find(workload, snapshot) {
    const { namespace, name } = workload.metadata;
    if (workload.spec?.replicas !== 0) return undefined;
    const labels = workload.spec.template?.metadata?.labels;
    const service = snapshot
      .in('Service', namespace)
      .find(
        ({ spec }) =>
          spec?.selector !== undefined &&
          Object.keys(spec.selector).length > 0 &&
          matches({ matchLabels: spec.selector }, labels) &&
          snapshot.selected(namespace, { matchLabels: spec.selector }).length === 0,
      );
    if (service === undefined) return undefined;
    return {
      text: `${workload.kind} ${namespace}/${name} is scaled to zero, and Service ${service.metadata.name} sends to it.`,
      evidence: [
        fieldEvidence(refOf(workload), 'replicas', 'spec.replicas is 0'),
        fieldEvidence(refOf(service), 'selector', `Service ${service.metadata.name} selects its pods and has none`),
      ],
    };
  },
};

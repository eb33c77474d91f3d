import { fieldEvidence, refOf } from '../../evidence.ts';
import type { Cause } from '../../finding.ts';
import type { ServiceObject, WorkloadObject } from '../../objects.ts';
import type { Snapshot } from '../../snapshot.ts';
import { OTHER_OBJECT } from '../cures.ts';
import { targetsOf } from './ports.ts';
import { workloadsOf } from './addresses.ts';

/** The workload that the Service was likely meant for: by its name, or by a label that both have. */
function meant({ spec, metadata }: ServiceObject, snapshot: Snapshot): WorkloadObject | undefined {
  const workloads = workloadsOf(snapshot, metadata.namespace);
  const byName = workloads.find((workload) => workload.metadata.name === metadata.name);
  if (byName !== undefined) return byName;
  return workloads.find(({ spec: workload }) =>
    Object.entries(spec?.selector ?? {}).some(([key, value]) => workload?.template?.metadata?.labels?.[key] === value),
  );
}

export const serviceSelectorMismatch: Cause<'Service'> = {
  family: 'service',
  specificity: 'exact',
  means: 'The selector of the Service matches no pod, so that it sends to nothing.',
  todo: 'Correct the selector of the Service, or the labels of the template.',
  when: 'The Service has a selector, no pod of its namespace matches it, and no template of a workload does.',
  unless: 'A workload would match and has no pods: then its own cause holds.',
  cures: OTHER_OBJECT,
  kinds: ['Service'],
  find(service, snapshot) {
    const { selector } = service.spec ?? {};
    const { namespace, name } = service.metadata;
    if (selector === undefined || Object.keys(selector).length === 0) return undefined;
    if (!snapshot.sees('Pod', namespace) || snapshot.in('Pod', namespace).length === 0) return undefined;
    if (snapshot.selected(namespace, { matchLabels: selector }).length > 0) return undefined;
    if (targetsOf(service, snapshot).length > 0) return undefined;
    const wanted = Object.entries(selector)
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    const workload = meant(service, snapshot);
    const labels = Object.entries(workload?.spec?.template?.metadata?.labels ?? {})
      .map(([key, value]) => `${key}=${value}`)
      .join(',');
    return {
      text: `Service ${namespace}/${name} selects ${wanted}, and no pod has these labels.`,
      evidence: [
        fieldEvidence(refOf(service), 'selector', `selector ${wanted} matches no pod`),
        ...(workload === undefined
          ? []
          : [fieldEvidence(refOf(workload), 'labels', `pods of ${workload.metadata.name} have ${labels}`)]),
      ],
      ...(workload === undefined && { likely: true as const }),
    };
  },
};

/**
 * `kube_namespace_*`. Labels and annotations only stand in series where they are allow-listed, and here none are.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/cluster/namespace-metrics.md
 */
import { conditions, type KindFamilies, phases, time } from './family.ts';

const NAME = 'namespace';

export const NAMESPACE: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Namespace',
  fields: ['status'],
  families: {
    kube_namespace_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_namespace_status_phase: phases(NAME, ['Active', 'Terminating']),
    kube_namespace_status_condition: conditions(NAME),
  },
};

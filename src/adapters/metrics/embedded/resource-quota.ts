/**
 * `kube_resourcequota`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/policy/resourcequota-metrics.md
 */
import { amountOf, entriesAt, identity, type KindFamilies, time } from './family.ts';

const NAME = 'resourcequota';

export const RESOURCE_QUOTA: KindFamilies = {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  fields: ['status.hard', 'status.used'],
  families: {
    kube_resourcequota_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_resourcequota: (object, emit) => {
      for (const type of ['hard', 'used'] as const) {
        for (const [resource, amount] of entriesAt(object, 'status', type)) {
          const value = amountOf(amount);
          if (value !== undefined) emit({ ...identity(object, NAME), resource, type }, value);
        }
      }
    },
  },
};

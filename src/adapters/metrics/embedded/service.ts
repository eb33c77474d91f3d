/**
 * `kube_service_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/service/service-metrics.md
 */
import { identity, type KindFamilies, type LabelRecord, listAt, type Readable, secondsAt, textAt } from './family.ts';

const named = (object: Readable): LabelRecord => ({ ...identity(object, 'service'), uid: object.metadata.uid ?? '' });

export const SERVICE: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Service',
  fields: [
    'spec.type',
    'spec.clusterIP',
    'spec.externalName',
    'spec.externalIPs',
    'spec.loadBalancerIP',
    'status.loadBalancer',
  ],
  families: {
    kube_service_info: (object, emit) =>
      emit(
        {
          ...named(object),
          cluster_ip: textAt(object, 'spec', 'clusterIP'),
          external_name: textAt(object, 'spec', 'externalName'),
          load_balancer_ip: textAt(object, 'spec', 'loadBalancerIP'),
        },
        1,
      ),
    kube_service_created: (object, emit) => {
      const at = secondsAt(object, 'metadata', 'creationTimestamp');
      if (at !== undefined) emit(named(object), at);
    },
    kube_service_spec_type: (object, emit) => emit({ ...named(object), type: textAt(object, 'spec', 'type') }, 1),
    kube_service_spec_external_ip: (object, emit) => {
      for (const ip of listAt(object, 'spec', 'externalIPs'))
        if (typeof ip === 'string') emit({ ...named(object), external_ip: ip }, 1);
    },
    kube_service_status_load_balancer_ingress: (object, emit) => {
      for (const ingress of listAt(object, 'status', 'loadBalancer', 'ingress')) {
        const where = { ip: textAt(ingress, 'ip'), hostname: textAt(ingress, 'hostname') };
        emit({ ...named(object), ...where }, 1);
      }
    },
  },
};

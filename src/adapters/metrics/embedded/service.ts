/**
 * `kube_service_*`.
 * https://github.com/kubernetes/kube-state-metrics/blob/main/docs/metrics/service/service-metrics.md
 */
import { identity, type KindFamilies, listAt, textAt, time } from './family.ts';

const NAME = 'service';

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
          ...identity(object, NAME),
          uid: object.metadata.uid ?? '',
          cluster_ip: textAt(object, 'spec', 'clusterIP'),
          external_name: textAt(object, 'spec', 'externalName'),
          load_balancer_ip: textAt(object, 'spec', 'loadBalancerIP'),
        },
        1,
      ),
    kube_service_created: time(NAME, ['metadata', 'creationTimestamp']),
    kube_service_spec_type: (object, emit) =>
      emit({ ...identity(object, NAME), uid: object.metadata.uid ?? '', type: textAt(object, 'spec', 'type') }, 1),
    kube_service_spec_external_ip: (object, emit) => {
      for (const ip of listAt(object, 'spec', 'externalIPs'))
        if (typeof ip === 'string')
          emit({ ...identity(object, NAME), uid: object.metadata.uid ?? '', external_ip: ip }, 1);
    },
    kube_service_status_load_balancer_ingress: (object, emit) => {
      for (const ingress of listAt(object, 'status', 'loadBalancer', 'ingress')) {
        const where = { ip: textAt(ingress, 'ip'), hostname: textAt(ingress, 'hostname') };
        emit({ ...identity(object, NAME), uid: object.metadata.uid ?? '', ...where }, 1);
      }
    },
  },
};

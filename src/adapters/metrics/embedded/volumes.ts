/** `kube_persistentvolumeclaim_*`, `kube_persistentvolume_*`. https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/storage */
import { amountOf, conditions, identity, type KindFamilies, listAt, phases, textAt, time } from './family.ts';

const CLAIM = 'persistentvolumeclaim';
const VOLUME = 'persistentvolume';

export const PERSISTENT_VOLUME_CLAIM: KindFamilies = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  families: {
    kube_persistentvolumeclaim_created: time(CLAIM, ['metadata', 'creationTimestamp']),
    kube_persistentvolumeclaim_info: (object, emit) =>
      emit(
        {
          ...identity(object, CLAIM),
          storageclass: textAt(object, 'spec', 'storageClassName'),
          volumename: textAt(object, 'spec', 'volumeName'),
          volumemode: textAt(object, 'spec', 'volumeMode'),
        },
        1,
      ),
    kube_persistentvolumeclaim_status_phase: phases(CLAIM, ['Lost', 'Bound', 'Pending']),
    kube_persistentvolumeclaim_status_condition: conditions(CLAIM, { type: 'condition', status: 'status' }),
    kube_persistentvolumeclaim_resource_requests_storage_bytes: (object, emit) => {
      const bytes = amountOf(textAt(object, 'spec', 'resources', 'requests', 'storage'));
      if (bytes !== undefined) emit(identity(object, CLAIM), bytes);
    },
    kube_persistentvolumeclaim_access_mode: (object, emit) => {
      for (const mode of listAt(object, 'spec', 'accessModes')) emit({ ...identity(object, CLAIM), access_mode: String(mode) }, 1);
    },
  },
};

export const PERSISTENT_VOLUME: KindFamilies = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  families: {
    kube_persistentvolume_created: time(VOLUME, ['metadata', 'creationTimestamp']),
    kube_persistentvolume_status_phase: phases(VOLUME, ['Pending', 'Available', 'Bound', 'Released', 'Failed']),
    kube_persistentvolume_capacity_bytes: (object, emit) => {
      const bytes = amountOf(textAt(object, 'spec', 'capacity', 'storage'));
      if (bytes !== undefined) emit(identity(object, VOLUME), bytes);
    },
    kube_persistentvolume_claim_ref: (object, emit) => {
      const name = textAt(object, 'spec', 'claimRef', 'name');
      if (name !== '') emit({ ...identity(object, VOLUME), name, claim_namespace: textAt(object, 'spec', 'claimRef', 'namespace') }, 1);
    },
  },
};

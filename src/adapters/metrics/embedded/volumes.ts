/**
 * `kube_persistentvolumeclaim_*`, `kube_persistentvolume_*`.
 * https://github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics/storage
 */
import {
  amountOf,
  at,
  conditions,
  type Emit,
  identity,
  type KindFamilies,
  listAt,
  phases,
  type Readable,
  textAt,
  time,
} from './family.ts';

const CLAIM = 'persistentvolumeclaim';
const VOLUME = 'persistentvolume';

const accessModes =
  (name: string) =>
  (object: Readable, emit: Emit): void => {
    for (const mode of listAt(object, 'spec', 'accessModes'))
      emit({ ...identity(object, name), access_mode: String(mode) }, 1);
  };

export const PERSISTENT_VOLUME_CLAIM: KindFamilies = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  fields: [
    'metadata.annotations[volume.beta.kubernetes.io/storage-class]',
    'spec.storageClassName',
    'spec.volumeName',
    'spec.volumeMode',
    'spec.accessModes',
    'spec.resources',
    'status.phase',
    'status.conditions',
  ],
  families: {
    kube_persistentvolumeclaim_created: time(CLAIM, ['metadata', 'creationTimestamp']),
    kube_persistentvolumeclaim_deletion_timestamp: time(CLAIM, ['metadata', 'deletionTimestamp']),
    kube_persistentvolumeclaim_info: (object, emit) =>
      emit(
        {
          ...identity(object, CLAIM),
          storageclass:
            object.metadata.annotations?.['volume.beta.kubernetes.io/storage-class'] ??
            textAt(object, 'spec', 'storageClassName'),
          volumename: textAt(object, 'spec', 'volumeName'),
          volumemode: textAt(object, 'spec', 'volumeMode'),
        },
        1,
      ),
    kube_persistentvolumeclaim_status_phase: phases(CLAIM, ['Lost', 'Bound', 'Pending']),
    kube_persistentvolumeclaim_status_condition: conditions(CLAIM),
    kube_persistentvolumeclaim_resource_requests_storage_bytes: (object, emit) => {
      const bytes = amountOf(textAt(object, 'spec', 'resources', 'requests', 'storage'));
      if (bytes !== undefined) emit(identity(object, CLAIM), bytes);
    },
    kube_persistentvolumeclaim_access_mode: accessModes(CLAIM),
  },
};

/** Where its data lie. Sources that only old in-tree plug-ins had are left out: their volumes are CSI's by now. */
const SOURCES: readonly (readonly [label: string, ...path: string[]])[] = [
  ['csi_driver', 'csi', 'driver'],
  ['csi_volume_handle', 'csi', 'volumeHandle'],
  ['nfs_server', 'nfs', 'server'],
  ['nfs_path', 'nfs', 'path'],
  ['local_path', 'local', 'path'],
  ['local_fs', 'local', 'fsType'],
  ['host_path', 'hostPath', 'path'],
  ['host_path_type', 'hostPath', 'type'],
  ['iscsi_target_portal', 'iscsi', 'targetPortal'],
  ['iscsi_iqn', 'iscsi', 'iqn'],
  ['iscsi_initiator_name', 'iscsi', 'initiatorName'],
];

function volumeInfo(object: Readable, emit: Emit): void {
  const labels = {
    ...identity(object, VOLUME),
    storageclass: textAt(object, 'spec', 'storageClassName'),
    reclaim_policy: textAt(object, 'spec', 'persistentVolumeReclaimPolicy'),
    ...Object.fromEntries(SOURCES.map(([label, ...path]) => [label, textAt(object, 'spec', ...path)])),
  };
  emit(labels, 1);
}

export const PERSISTENT_VOLUME: KindFamilies = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  fields: [
    'spec.capacity',
    'spec.claimRef',
    'spec.accessModes',
    'spec.storageClassName',
    'spec.volumeMode',
    'spec.persistentVolumeReclaimPolicy',
    ...['csi', 'nfs', 'local', 'hostPath', 'iscsi'].map((source) => `spec.${source}`),
    'status.phase',
  ],
  families: {
    kube_persistentvolume_info: volumeInfo,
    kube_persistentvolume_created: time(VOLUME, ['metadata', 'creationTimestamp']),
    kube_persistentvolume_deletion_timestamp: time(VOLUME, ['metadata', 'deletionTimestamp']),
    kube_persistentvolume_status_phase: phases(VOLUME, ['Pending', 'Available', 'Bound', 'Released', 'Failed']),
    kube_persistentvolume_capacity_bytes: (object, emit) =>
      emit(identity(object, VOLUME), amountOf(textAt(object, 'spec', 'capacity', 'storage')) ?? 0),
    kube_persistentvolume_claim_ref: (object, emit) => {
      const claim = at(object, 'spec', 'claimRef');
      if (claim === undefined) return;
      emit(
        { ...identity(object, VOLUME), name: textAt(claim, 'name'), claim_namespace: textAt(claim, 'namespace') },
        1,
      );
    },
    kube_persistentvolume_volume_mode: (object, emit) =>
      emit({ ...identity(object, VOLUME), volumemode: textAt(object, 'spec', 'volumeMode') || 'Filesystem' }, 1),
    kube_persistentvolume_access_mode: accessModes(VOLUME),
  },
};

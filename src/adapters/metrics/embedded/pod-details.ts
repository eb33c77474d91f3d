/**
 * The families of pods that read addresses, images and volumes: hardly any rule does, and they take most room, so they
 * have a watch of their own.
 */
import { at, type Emit, type KindFamilies, listAt, type Readable, textAt } from './family.ts';
import { podIdentity } from './pod.ts';

function info(pod: Readable, emit: Emit): void {
  const owner = pod.metadata.ownerReferences?.find(({ controller }) => controller === true);
  emit(
    {
      ...podIdentity(pod),
      host_ip: textAt(pod, 'status', 'hostIP'),
      pod_ip: textAt(pod, 'status', 'podIP'),
      node: textAt(pod, 'spec', 'nodeName'),
      created_by_kind: owner?.kind ?? '',
      created_by_name: owner?.name ?? '',
      priority_class: textAt(pod, 'spec', 'priorityClassName'),
      host_network: String(at(pod, 'spec', 'hostNetwork') === true),
    },
    1,
  );
}

function containerInfo(pod: Readable, emit: Emit): void {
  const statuses = listAt(pod, 'status', 'containerStatuses');
  for (const container of listAt(pod, 'spec', 'containers')) {
    const name = textAt(container, 'name');
    const status = statuses.find((found) => textAt(found, 'name') === name);
    if (status === undefined) continue;
    const image = {
      image_spec: textAt(container, 'image'),
      image: textAt(status, 'image'),
      image_id: textAt(status, 'imageID'),
    };
    emit({ ...podIdentity(pod), container: name, ...image, container_id: textAt(status, 'containerID') }, 1);
  }
}

function claims(pod: Readable, emit: Emit): void {
  for (const volume of listAt(pod, 'spec', 'volumes')) {
    const name = textAt(volume, 'name');
    const claim = textAt(volume, 'persistentVolumeClaim', 'claimName');
    const labels = { ...podIdentity(pod), volume: name };
    if (claim !== '') emit({ ...labels, persistentvolumeclaim: claim, ephemeral: 'false' }, 1);
    else if (at(volume, 'ephemeral') !== undefined)
      emit({ ...labels, persistentvolumeclaim: `${pod.metadata.name}-${name}`, ephemeral: 'true' }, 1);
  }
}

export const POD_DETAILS: KindFamilies = {
  apiVersion: 'v1',
  kind: 'Pod',
  fields: [
    'spec.nodeName',
    'spec.priorityClassName',
    'spec.hostNetwork',
    'spec.containers.name',
    'spec.containers.image',
    'spec.volumes.name',
    'spec.volumes.persistentVolumeClaim',
    'spec.volumes.ephemeral',
    'status.hostIP',
    'status.podIP',
    'status.containerStatuses.name',
    'status.containerStatuses.image',
    'status.containerStatuses.imageID',
    'status.containerStatuses.containerID',
  ],
  families: {
    kube_pod_info: info,
    kube_pod_container_info: containerInfo,
    kube_pod_spec_volumes_persistentvolumeclaims_info: claims,
  },
};

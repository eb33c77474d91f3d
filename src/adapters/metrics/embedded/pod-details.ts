/**
 * The families of pods that read addresses, images, accounts, tolerations and volumes: hardly any rule does, and they
 * take most room, so they have a watch of their own.
 */
import {
  at,
  type Emit,
  type KindFamilies,
  type LabelRecord,
  listAt,
  numberAt,
  type Readable,
  textAt,
} from './family.ts';
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

const containerInfo = (pod: Readable, emit: Emit): void =>
  imagesOf(pod, { containers: 'containers', statuses: 'containerStatuses', more: () => ({}) }, emit);

const initContainerInfo = (pod: Readable, emit: Emit): void =>
  imagesOf(
    pod,
    {
      containers: 'initContainers',
      statuses: 'initContainerStatuses',
      more: (container) => ({ restart_policy: textAt(container, 'restartPolicy') }),
    },
    emit,
  );

interface Images {
  readonly containers: string;
  readonly statuses: string;
  readonly more: (container: unknown) => LabelRecord;
}

function imagesOf(pod: Readable, of: Images, emit: Emit): void {
  const statuses = listAt(pod, 'status', of.statuses);
  for (const container of listAt(pod, 'spec', of.containers)) {
    const name = textAt(container, 'name');
    const status = statuses.find((found) => textAt(found, 'name') === name);
    if (status === undefined) continue;
    const image = {
      image_spec: textAt(container, 'image'),
      image: textAt(status, 'image'),
      image_id: textAt(status, 'imageID'),
    };
    emit(
      {
        ...podIdentity(pod),
        container: name,
        ...image,
        container_id: textAt(status, 'containerID'),
        ...of.more(container),
      },
      1,
    );
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

/** Each once, as the scheduler sees them. */
function tolerations(pod: Readable, emit: Emit): void {
  const seen = new Set<string>();
  for (const toleration of listAt(pod, 'spec', 'tolerations')) {
    const seconds = numberAt(toleration, 'tolerationSeconds');
    const labels = {
      key: textAt(toleration, 'key'),
      operator: textAt(toleration, 'operator'),
      value: textAt(toleration, 'value'),
      effect: textAt(toleration, 'effect'),
      toleration_seconds: seconds === undefined ? '' : String(seconds),
    };
    const key = JSON.stringify(labels);
    if (!seen.has(key)) emit({ ...podIdentity(pod), ...labels }, 1);
    seen.add(key);
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
    'spec.initContainers.name',
    'spec.initContainers.image',
    'spec.initContainers.restartPolicy',
    'spec.serviceAccountName',
    'spec.tolerations',
    'spec.volumes.name',
    'spec.volumes.persistentVolumeClaim',
    'spec.volumes.ephemeral',
    'status.hostIP',
    'status.podIP',
    'status.containerStatuses.name',
    'status.containerStatuses.image',
    'status.containerStatuses.imageID',
    'status.containerStatuses.containerID',
    'status.initContainerStatuses.name',
    'status.initContainerStatuses.image',
    'status.initContainerStatuses.imageID',
    'status.initContainerStatuses.containerID',
  ],
  families: {
    kube_pod_info: info,
    kube_pod_container_info: containerInfo,
    kube_pod_init_container_info: initContainerInfo,
    kube_pod_tolerations: tolerations,
    kube_pod_service_account: (pod, emit) =>
      emit({ ...podIdentity(pod), service_account: textAt(pod, 'spec', 'serviceAccountName') }, 1),
    kube_pod_spec_volumes_persistentvolumeclaims_info: claims,
  },
};

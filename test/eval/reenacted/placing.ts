/** Pods that find no node, and claims that get no volume. */
import { make } from '../fault-makers.ts';
import { script, type Script } from './script.ts';
import { alone, APART, broken, claim, mounts, scene, store } from './stage.ts';

export const SCHEDULING: readonly Script[] = [
  script(
    /nonexistent-.*-node$|assign_to_non_existent_node|^unschedulable_/,
    broken(
      'a node that is not there',
      'scheduling',
      { spec: { nodeSelector: { 'kubernetes.io/hostname': 'another' } } },
      ['NodeSelectorMatchesNoNode'],
      { harmful: ['drain'] },
    ),
  ),
  script(
    /anti-affinity|anti_affinity/,
    broken(
      'replicas that may not be together',
      'scheduling',
      { deployment: { replicas: 4 }, spec: APART },
      ['PodAntiAffinityConflict'],
      { fits: ['scale', 'rollback'], harmful: ['drain'] },
    ),
  ),
  script(
    /taint_no_toleration/,
    alone(
      'a toleration of another taint',
      'scheduling',
      { spec: { tolerations: [{ key: 'other', operator: 'Exists', effect: 'NoSchedule' }] } },
      ['TaintNotTolerated'],
      { harmful: ['drain'], taintAll: true },
    ),
  ),
  script(
    /cordoned/,
    alone('nodes that take no more pods', 'scheduling', {}, ['NodesCordoned'], {
      fits: [],
      harmful: ['drain', 'cordon'],
      cordonAll: true,
    }),
  ),
  script(
    /service_port_conflict/,
    broken(
      'a port of the node that is taken',
      'scheduling',
      {
        deployment: { replicas: 3 },
        container: { ports: [{ containerPort: 8080, hostPort: 9100 }] },
      },
      ['HostPortTaken'],
      {
        harmful: ['drain'],
        refusedBy:
          "0/2 nodes are available: 2 node(s) didn't have free ports for the requested pod ports. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
      },
    ),
  ),
  script(
    /resource_request_too_large/,
    broken(
      'more memory than any node has',
      'scheduling',
      { container: { resources: { requests: { memory: '2Ti' } } } },
      ['MemoryDoesNotFit'],
      { fits: ['resize', 'scale'], harmful: ['drain'] },
    ),
  ),
  script(
    /overload_replicas/,
    broken(
      'more replicas than the nodes have room for',
      'scheduling',
      { deployment: { replicas: 300 } },
      ['NodesFullOfPods'],
      { fits: ['scale', 'rollback'], harmful: ['drain'] },
    ),
  ),
];

const volume = (name: string, spec: Readonly<Record<string, unknown>>) =>
  make('PersistentVolume', name, {
    spec: {
      accessModes: ['ReadWriteOnce'],
      capacity: { storage: '1Gi' },
      storageClassName: '',
      hostPath: { path: '/data' },
      ...spec,
    },
  });

/** https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/scheduler/framework/plugins/volumebinding/volume_binding.go */
const UNBOUND =
  '0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not eligible due to preemption.';

export const STORAGE: readonly Script[] = [
  script(
    /nonexistent-.*-persistent-volume-claim|pvc_claim_mismatch/,
    broken('a claim that is not there', 'storage', { spec: mounts('data-other') }, ['ClaimMissing'], {
      root: ['PersistentVolumeClaim', 'data-other'],
      fits: ['patch', 'rollback'],
      harmful: ['drain'],
      refusedBy:
        '0/2 nodes are available: persistentvolumeclaim "data-other" not found. not eligible due to preemption.',
    }),
  ),
  script(
    /non_existent_storage/,
    scene(
      'a storage class that is not there',
      'storage',
      [store({ spec: mounts('data') }), claim('data', { storageClassName: 'fast' })],
      {
        refusedBy: UNBOUND,
        causes: ['ClaimStorageClassMissing'],
        fits: ['patch'],
        root: ['PersistentVolumeClaim', 'data'],
      },
    ),
  ),
  script(
    /redeploy_without_PV/,
    scene(
      'a volume that still belongs to a claim that is gone',
      'storage',
      [
        volume('disk-1', {
          claimRef: { namespace: 'default', name: 'data', uid: '00000000-0000-0000-0000-000000000001' },
        }),
        store({ spec: mounts('data') }),
        claim('data', { storageClassName: '', volumeName: 'disk-1' }),
      ],
      { refusedBy: UNBOUND, causes: ['ClaimVolumeTaken'], fits: ['patch'], root: ['PersistentVolumeClaim', 'data'] },
    ),
  ),
];

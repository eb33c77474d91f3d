import { make, look, node, pending, pod, said } from '../../../../../test/kit/analysis/looks.ts';
import { holdsInRows, type Row } from '../../../../../test/kit/analysis/rows.ts';

type Objects = Parameters<typeof look>[0];
const unfit = (reasons: string, objects: Objects = [pending()]) =>
  look(objects, {
    events: [
      said(
        'FailedScheduling',
        `0/4 nodes are available: ${reasons}. preemption: 0/4 nodes are available: 4 Preemption is not helpful for scheduling.`,
      ),
    ],
  });

/** Nearly: another blocker stands in the way on more nodes. Against: the pod has a node. */
const row = (reason: string, other = 'Insufficient cpu', objects: Objects = [pending()]): Row => ({
  holds: unfit(`1 node(s) were unschedulable, 3 ${reason}`, objects),
  nearly: unfit(`1 ${reason}, 3 ${other}`, objects),
  against: unfit(`4 ${reason}`, [pod()]),
});

const claim = (spec: Readonly<Record<string, unknown>> = {}, phase = 'Pending') =>
  make('PersistentVolumeClaim', 'data', {
    metadata: { labels: {} },
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
    status: { phase },
  });
const volume = (spec: Readonly<Record<string, unknown>> = {}) =>
  make('PersistentVolume', 'pv', {
    metadata: { labels: { disk: 'hdd' } },
    spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, ...spec },
    status: { phase: 'Available' },
  });
/** Nearly: the claim fits. Against: it is bound. */
const claimRow = (
  asks: Readonly<Record<string, unknown>>,
  has: Readonly<Record<string, unknown>> = {},
  fits = {},
): Row => ({
  holds: look([claim(asks), volume(has)]),
  nearly: look([claim(fits), volume(has)], { gaps: [{ kind: 'PersistentVolume', why: 'Forbidden' }] }),
  against: look([claim(asks, 'Bound'), volume(has)]),
});

const selecting = pending({ nodeSelector: { disk: 'ssd' } });
const gpu = pending({ schedulingGates: [{ name: 'queue.example/held' }] });

holdsInRows({
  CpuDoesNotFit: row('Insufficient cpu', 'Insufficient memory'),
  MemoryDoesNotFit: row('Insufficient memory'),
  ExtendedResourceMissing: row('Insufficient nvidia.com/gpu'),
  NodesFullOfPods: row('Too many pods'),
  VolumeLimitReached: row('node(s) exceed max volume count'),
  VolumeGone: row('node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)'),
  ClaimInUse: row(
    'node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod',
  ),
  DeviceClaimUnmet: row('cannot allocate all claims'),
  TaintNotTolerated: row('node(s) had untolerated taint {team: a}'),
  NodeSelectorMatchesNoNode: row("node(s) didn't match Pod's node affinity/selector", 'Insufficient cpu', [selecting]),
  NodeAffinityMatchesNoNode: row("node(s) didn't match Pod's node affinity/selector"),
  PodAntiAffinityConflict: row("node(s) didn't match pod anti-affinity rules"),
  PodAffinityUnmet: row("node(s) didn't match pod affinity rules"),
  TopologySpreadUnmet: row("node(s) didn't match pod topology spread constraints"),
  HostPortTaken: row("node(s) didn't have free ports for the requested pod ports"),
  VolumeZoneConflict: row('node(s) had volume node affinity conflict'),
  NodesNotReady: {
    holds: unfit('4 node(s) had untolerated taint {node.kubernetes.io/unreachable: }'),
    nearly: unfit('1 node(s) had untolerated taint {node.kubernetes.io/not-ready: }, 3 Insufficient cpu'),
    against: unfit('4 node(s) had untolerated taint {node.kubernetes.io/unreachable: }', [pod()]),
  },
  NodesCordoned: {
    // The only node that the pod asks for is cordoned, however many others do not match.
    holds: unfit("1 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector", [
      selecting,
      node('n1', { labels: { disk: 'ssd' } }),
    ]),
    nearly: unfit("1 node(s) were unschedulable, 3 node(s) didn't match Pod's node affinity/selector", [
      selecting,
      node('n1'),
    ]),
    against: unfit('4 node(s) were unschedulable', [pod()]),
  },
  ClaimMissing: {
    holds: unfit('persistentvolumeclaim "data" not found'),
    nearly: unfit('4 Insufficient cpu'),
    against: unfit('persistentvolumeclaim "data" not found', [pending(), claim()]),
  },
  ClaimStorageClassMissing: claimRow({ storageClassName: 'fast' }),
  ClaimSelectorMatchesNoVolume: claimRow({ selector: { matchLabels: { disk: 'ssd' } } }),
  ClaimAccessModeMismatch: claimRow({ accessModes: ['ReadWriteMany'] }),
  ClaimTooLarge: claimRow({ resources: { requests: { storage: '5Gi' } } }),
  ClaimVolumeTaken: claimRow({}, { claimRef: { namespace: 'shop', name: 'other' } }),
  NoVolumeThere: {
    holds: look([claim()]),
    // A class with a provisioner makes one.
    nearly: look([claim({ storageClassName: 'fast' }), make('StorageClass', 'fast', { provisioner: 'csi.example' })]),
    against: look([claim({}, 'Bound')]),
  },
  ProvisioningFails: {
    holds: look([claim({ storageClassName: 'fast' })], {
      events: [eventOfClaim('failed to provision volume: quota of the cloud')],
    }),
    nearly: look([claim({ storageClassName: 'fast' })], {
      events: [eventOfClaim('storageclass.storage.k8s.io "fast" not found')],
    }),
    against: look([claim({}, 'Bound')], { events: [eventOfClaim('failed to provision volume: quota of the cloud')] }),
  },
  SchedulingGated: {
    holds: look([gpu]),
    nearly: look([pending()]),
    against: look([pod({ spec: { schedulingGates: [{ name: 'x' }] } })]),
  },
});

function eventOfClaim(message: string) {
  return {
    ...said('ProvisioningFailed', message),
    involvedObject: { kind: 'PersistentVolumeClaim', namespace: 'shop', name: 'data' },
  };
}

import { afterEach, describe, expect, test } from 'vitest';
import { ATTRIBUTES_CLASSES, CLAIMS, CSI_DRIVERS, NODES, PODS, VOLUMES } from '../runtime/resources.ts';
import {
  boundTo,
  claim,
  message,
  phaseOf,
  pod,
  said,
  storageClass,
  using,
  volume,
  volumeOf,
  ZONE,
  zoneOf,
} from '../test-kit/storage.ts';
import { closeWorlds, MINUTE, SECOND, World } from '../test-kit/world.ts';

afterEach(closeWorlds);

describe('a claim of the default class', () => {
  test('waits for its first consumer, then gets a volume in the zone of the node that was chosen', async () => {
    const world = await World.start({ nodes: 3 });
    claim(world, 'data');
    await world.pass(5 * SECOND);
    expect(world.events('data')).toEqual([
      'WaitForFirstConsumer ×1: waiting for first consumer to be created before binding',
    ]);
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    const bound = world.get(CLAIMS, 'data');
    const { spec, status } = volumeOf(world, boundTo(world, 'data'));
    const node = world.get(PODS, 'web').spec.nodeName;
    expect(bound).toMatchObject({
      metadata: {
        annotations: { 'volume.kubernetes.io/selected-node': node, 'pv.kubernetes.io/bind-completed': 'yes' },
      },
      spec: { storageClassName: 'standard' },
      status: { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadWriteOnce'] },
    });
    expect(spec).toMatchObject({
      claimRef: { name: 'data', uid: bound.metadata.uid },
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: ZONE, values: [zoneOf(world, node)] }] }] },
      },
      persistentVolumeReclaimPolicy: 'Delete',
    });
    expect(status?.phase).toBe('Bound');
    expect(said(world, 'data')).toEqual([
      'ExternalProvisioning',
      'Provisioning',
      'ProvisioningSucceeded',
      'WaitForFirstConsumer',
    ]);
    expect(world.get(PODS, 'web').status?.phase).toBe('Running');
  });

  test('keeps its pod in the zone of the volume', async () => {
    const world = await World.start({ nodes: 3 });
    claim(world, 'data');
    pod(world, 'first', { ...using('data'), nodeSelector: { 'kubernetes.io/hostname': 'node-2' } });
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'first' });
    world.change(NODES, 'node-2', (draft) => {
      draft['spec'] = { ...draft['spec'], unschedulable: true };
    });
    await world.pass(MINUTE);
    pod(world, 'second', using('data'));
    await world.pass(5 * SECOND);
    expect(message(world, 'second')).toBe(
      "0/3 nodes are available: 1 node(s) were unschedulable, 2 node(s) didn't match PersistentVolume's node affinity. " +
        'no new claims to deallocate, preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.',
    );
  });

  test('is deleted with its volume', async () => {
    const world = await World.start({ nodes: 1 });
    claim(world, 'data');
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    const name = boundTo(world, 'data');
    world.sandbox.cluster.remove(CLAIMS, { namespace: 'default', name: 'data' });
    await world.pass(5 * SECOND);
    expect(volumeOf(world, name).status?.phase).toBe('Bound');
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'web' });
    await world.pass(MINUTE);
    expect(world.sandbox.cluster.get(VOLUMES, { name })).toBeUndefined();
  });

  test('grows with what it asks for', async () => {
    const world = await World.start({ nodes: 1 });
    claim(world, 'data');
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    world.change(CLAIMS, 'data', (draft) => {
      draft['spec'].resources.requests.storage = '3Gi';
    });
    await world.pass(5 * SECOND);
    expect(world.get(CLAIMS, 'data').status?.capacity).toEqual({ storage: '3Gi' });
    expect(volumeOf(world, boundTo(world, 'data')).spec.capacity).toEqual({ storage: '3Gi' });
    for (const reason of ['ExternalExpanding', 'Resizing', 'VolumeResizeSuccessful'])
      expect(said(world, 'data')).toContain(reason);
  });
});

describe('a claim of another class', () => {
  test('of Immediate binding gets its volume at once; pods wait for it', async () => {
    const world = await World.start({ nodes: 3 });
    storageClass(world, 'now', { volumeBindingMode: 'Immediate', reclaimPolicy: 'Retain' });
    claim(world, 'data', { storageClassName: 'now' });
    pod(world, 'web', using('data'));
    await world.pass(500);
    expect(message(world, 'web')).toBe(
      '0/3 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found',
    );
    await world.pass(5 * SECOND);
    const { nodeAffinity, persistentVolumeReclaimPolicy } = volumeOf(world, boundTo(world, 'data')).spec;
    const zone = nodeAffinity?.required?.nodeSelectorTerms?.[0]?.matchExpressions?.[0]?.values?.[0];
    expect(zoneOf(world, world.get(PODS, 'web').spec.nodeName)).toBe(zone);
    expect(persistentVolumeReclaimPolicy).toBe('Retain');
    const name = boundTo(world, 'data');
    world.sandbox.cluster.remove(PODS, { namespace: 'default', name: 'web' });
    world.sandbox.cluster.remove(CLAIMS, { namespace: 'default', name: 'data' });
    await world.pass(MINUTE);
    expect(volumeOf(world, name).status?.phase).toBe('Released');
  });

  test('whose driver is not installed waits, and so does its pod; both go on once it is', async () => {
    const world = await World.start({ nodes: 1 });
    storageClass(world, 'cloud', { provisioner: 'ebs.csi.aws.com', volumeBindingMode: 'WaitForFirstConsumer' });
    claim(world, 'data', { storageClassName: 'cloud' });
    pod(world, 'web', using('data'));
    await world.pass(MINUTE);
    expect(phaseOf(world, 'data')).toBe('Pending');
    expect(world.get(PODS, 'web').spec.nodeName).toBeUndefined();
    expect(world.events('data').find((event) => event.startsWith('ExternalProvisioning'))).toMatch(
      /: Waiting for a volume to be created either by the external provisioner 'ebs\.csi\.aws\.com' or manually by the system administrator\. If volume creation is delayed, please verify that the provisioner is running and correctly registered\.$/,
    );
    world.sandbox.cluster.create(CSI_DRIVERS, {
      apiVersion: 'storage.k8s.io/v1',
      kind: 'CSIDriver',
      metadata: { name: 'ebs.csi.aws.com' },
      spec: {},
    });
    await world.pass(5 * SECOND);
    expect(world.get(PODS, 'web').status?.phase).toBe('Running');
  });

  test('that is not there is told of', async () => {
    const world = await World.start({ nodes: 1 });
    claim(world, 'data', { storageClassName: 'none' });
    await world.pass(SECOND);
    expect(world.events('data')).toEqual(['ProvisioningFailed ×1: storageclass.storage.k8s.io "none" not found']);
  });

  test('that nobody provisions finds volumes where its pod can reach them', async () => {
    const world = await World.start({ nodes: 3 });
    storageClass(world, 'local', {
      provisioner: 'kubernetes.io/no-provisioner',
      volumeBindingMode: 'WaitForFirstConsumer',
    });
    claim(world, 'data', { storageClassName: 'local' });
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    expect(message(world, 'web')).toContain("3 node(s) didn't find available persistent volumes to bind. ");
    const on = (node: string) => ({
      storageClassName: 'local',
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [
            { matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: [node] }] },
          ],
        },
      },
    });
    volume(world, 'far', { ...on('node-3'), capacity: { storage: '500Mi' } });
    volume(world, 'near', on('node-2'));
    await world.pass(5 * SECOND);
    expect(boundTo(world, 'data')).toBe('near');
    expect(world.get(PODS, 'web').spec.nodeName).toBe('node-2');
  });

  test('is made in the topologies that the class allows', async () => {
    const world = await World.start({ nodes: 3 });
    storageClass(world, 'c', {
      volumeBindingMode: 'WaitForFirstConsumer',
      allowedTopologies: [{ matchLabelExpressions: [{ key: ZONE, values: ['zone-c'] }] }],
    });
    claim(world, 'data', { storageClassName: 'c' });
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    expect(world.get(PODS, 'web').spec.nodeName).toBe('node-3');
  });
});

describe('a claim without a class', () => {
  const none = { storageClassName: '' };

  test('takes the smallest volume that will do, by size, access modes and labels', async () => {
    const world = await World.start({ nodes: 1 });
    volume(world, 'small', { capacity: { storage: '500Mi' } });
    volume(world, 'large', { capacity: { storage: '9Gi' } });
    volume(world, 'right');
    volume(world, 'shared', { capacity: { storage: '2Gi' }, accessModes: ['ReadOnlyMany'] });
    volume(world, 'labelled', { capacity: { storage: '6Gi' }, labels: { tier: 'fast' } });
    await world.pass(SECOND);
    claim(world, 'any', none);
    claim(world, 'fast', { ...none, selector: { matchLabels: { tier: 'fast' } } });
    await world.pass(5 * SECOND);
    expect({ any: boundTo(world, 'any'), fast: boundTo(world, 'fast') }).toEqual({ any: 'right', fast: 'labelled' });
    expect(volumeOf(world, 'right')).toMatchObject({
      metadata: { annotations: { 'pv.kubernetes.io/bound-by-controller': 'yes' } },
      status: { phase: 'Bound' },
    });
    expect(world.get(CLAIMS, 'any').status?.capacity).toEqual({ storage: '5Gi' });
  });

  test('says that there is none, and takes the one that comes', async () => {
    const world = await World.start({ nodes: 1 });
    claim(world, 'data', none);
    pod(world, 'web', using('data'));
    await world.pass(5 * SECOND);
    expect(world.events('data')).toEqual([
      'FailedBinding ×1: no persistent volumes available for this claim and no storage class is set',
    ]);
    volume(world, 'late');
    await world.pass(5 * SECOND);
    expect(world.get(PODS, 'web').status?.phase).toBe('Running');
  });

  test('that names a volume takes that one or none', async () => {
    const world = await World.start({ nodes: 1 });
    volume(world, 'one');
    await world.pass(SECOND);
    claim(world, 'large', { ...none, volumeName: 'one', resources: { requests: { storage: '9Gi' } } });
    await world.pass(SECOND);
    expect(world.events('large')).toEqual([
      'VolumeMismatch ×1: Cannot bind to requested volume "one": requested PV is too small',
    ]);
    claim(world, 'right', { ...none, volumeName: 'one' });
    await world.pass(SECOND);
    expect(phaseOf(world, 'right')).toBe('Bound');
    claim(world, 'late', { ...none, volumeName: 'one' });
    await world.pass(SECOND);
    expect(world.events('late')).toEqual(['FailedBinding ×1: volume "one" already bound to a different claim.']);
  });

  test('loses its data with its volume', async () => {
    const world = await World.start({ nodes: 1 });
    volume(world, 'one');
    claim(world, 'data', none);
    await world.pass(5 * SECOND);
    world.sandbox.cluster.modify(VOLUMES, { name: 'one' }, (draft) => {
      draft.metadata.finalizers = [];
      return draft;
    });
    world.sandbox.cluster.remove(VOLUMES, { name: 'one' });
    await world.pass(SECOND);
    expect(phaseOf(world, 'data')).toBe('Lost');
    expect(world.events('data').at(-1)).toBe(
      'ClaimLost ×1: Bound claim has lost its PersistentVolume. Data on the volume is lost!',
    );
    pod(world, 'web', using('data'));
    await world.pass(SECOND);
    expect(message(world, 'web')).toBe(
      '0/1 nodes are available: persistentvolumeclaim "data" bound to non-existent persistentvolume "one". not found',
    );
  });

  test('of which somebody is to delete the volume, and nobody can, leaves it Failed', async () => {
    const world = await World.start({ nodes: 1 });
    volume(world, 'one', {
      persistentVolumeReclaimPolicy: 'Delete',
      hostPath: undefined,
      nfs: { server: 's', path: '/' },
    });
    claim(world, 'data', none);
    await world.pass(5 * SECOND);
    world.sandbox.cluster.remove(CLAIMS, { namespace: 'default', name: 'data' });
    await world.pass(5 * SECOND);
    expect(volumeOf(world, 'one').status?.phase).toBe('Failed');
  });
});

test('a claim that only a pod without a node names goes at once', async () => {
  const world = await World.start({ nodes: 0 });
  claim(world, 'data');
  pod(world, 'web', using('data'));
  await world.pass(SECOND);
  world.sandbox.cluster.remove(CLAIMS, { namespace: 'default', name: 'data' });
  await world.pass(SECOND);
  expect(world.list(CLAIMS)).toEqual([]);
});

test('a class of attributes goes once neither a claim nor a volume has it', async () => {
  const world = await World.start({ nodes: 1 });
  const { cluster } = world.sandbox;
  cluster.create(ATTRIBUTES_CLASSES, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'VolumeAttributesClass',
    metadata: { name: 'fast' },
    driverName: 'd.io',
    parameters: { speed: '9' },
  });
  claim(world, 'data', { volumeAttributesClassName: 'fast', storageClassName: '' });
  cluster.remove(ATTRIBUTES_CLASSES, { name: 'fast' });
  await world.pass(SECOND);
  expect(cluster.get(ATTRIBUTES_CLASSES, { name: 'fast' })?.metadata.finalizers).toEqual([
    'kubernetes.io/vac-protection',
  ]);
  cluster.remove(CLAIMS, { namespace: 'default', name: 'data' });
  await world.pass(SECOND);
  expect(cluster.get(ATTRIBUTES_CLASSES, { name: 'fast' })).toBeUndefined();
});

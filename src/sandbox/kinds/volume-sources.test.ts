import { expect, test } from 'vitest';
import { sourceDefaults } from './defaults.ts';
import { type SourceCheck, SHARED_SOURCES } from './volume-sources.ts';
import type { Draft } from '../machinery/json.ts';

const IQN = 'iqn.2001-04.com.example:disk';
const found = (name: keyof typeof SHARED_SOURCES, source: Draft, holder: 'pod' | 'volume' = 'pod') => {
  const check: SourceCheck = SHARED_SOURCES[name];
  return check(source, name, holder).map(({ field, detail }) => (detail === '' ? field : `${field}: ${detail}`));
};

test.each<[keyof typeof SHARED_SOURCES, Draft, readonly string[]]>([
  [
    'gcePersistentDisk',
    { pdName: 'a', partition: 256 },
    ['gcePersistentDisk.partition: must be between 1 and 255, inclusive'],
  ],
  ['gcePersistentDisk', { pdName: 'a', partition: 0 }, []],
  ['iscsi', { targetPortal: 'p', iqn: IQN, lun: 256 }, ['iscsi.lun: must be between 0 and 255, inclusive']],
  ['iscsi', { targetPortal: 'p', iqn: 'x' }, ['iscsi.iqn: must be valid format starting with iqn, eui, or naa']],
  ['iscsi', { targetPortal: 'p', iqn: 'eui.1' }, ['iscsi.iqn: must be valid format']],
  ['iscsi', { targetPortal: 'p', iqn: IQN, chapAuthSession: true }, ['iscsi.secretRef']],
  ['flocker', {}, ['flocker: one of datasetName and datasetUUID is required']],
  ['flocker', { datasetName: 'a/b' }, ["flocker.datasetName: must not contain '/'"]],
  ['fc', {}, ['fc.targetWWNs: must specify either targetWWNs or wwids, but not both']],
  ['fc', { targetWWNs: ['a'] }, ['fc.lun: lun is required if targetWWNs is specified']],
  ['fc', { wwids: ['a'] }, []],
  [
    'quobyte',
    { registry: 'a:1,b', volume: 'v' },
    ['quobyte.registry: must be a host:port pair or multiple pairs separated by commas'],
  ],
  ['quobyte', { registry: '[::1]:1', volume: 'v' }, []],
  [
    'flexVolume',
    { driver: 'd', options: { 'a.K8s.io/x': 'y' } },
    ['flexVolume.options[a.K8s.io/x]: kubernetes.io and k8s.io namespaces are reserved'],
  ],
  ['scaleIO', { gateway: 'g' }, ['scaleIO.system', 'scaleIO.volumeName']],
  ['storageos', { volumeName: 'v', secretRef: {} }, ['storageos.secretRef.name']],
  [
    'azureDisk',
    { diskName: 'd', diskURI: 'https://x', kind: 'Shared', cachingMode: 'Some' },
    ['azureDisk.cachingMode: supported values: "None", "ReadOnly", "ReadWrite"'],
  ],
  ['azureDisk', { diskName: 'd', diskURI: '/subscriptions/x', kind: 'Managed' }, []],
])('%s %j', (name, source, expected) => {
  expect(found(name, source)).toEqual(expected);
});

test('volumes of the cluster name the namespaces of their secrets', () => {
  expect(found('cinder', { volumeID: 'v', secretRef: { name: 's' } })).toEqual([]);
  expect(found('cinder', { volumeID: 'v', secretRef: { name: 's' } }, 'volume')).toEqual([
    'cinder.secretRef.namespace',
  ]);
});

test('what a source leaves open is filled in', () => {
  const volume: Draft = { rbd: { pool: 'p' }, scaleIO: {} };
  sourceDefaults(volume);
  expect(volume).toEqual({
    rbd: { pool: 'p', user: 'admin', keyring: '/etc/ceph/keyring' },
    scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
  });
});

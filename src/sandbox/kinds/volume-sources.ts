/**
 * Sources of volumes that pods and PersistentVolumes have alike. After
 * k8s.io/kubernetes/pkg/apis/core/validation.validateVolumeSource and ValidatePersistentVolumeSpec.
 */
import { dnsLabelProblems } from '../../std/names.ts';
import { type FieldError, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, type Draft, isObject } from '../machinery/json.ts';
import { between, oneOf, textErrors } from './field-checks.ts';
import { requiredText } from './pod-references.ts';

/** Whose volume it is. Volumes of the cluster name the namespaces of their secrets. */
export type SourceHolder = 'pod' | 'volume';
export type SourceCheck = (source: Draft, path: string, holder: SourceHolder) => readonly FieldError[];

const needs =
  (...names: readonly string[]): SourceCheck =>
  (source, path) =>
    names.flatMap((name) => requiredText(source, name, path));

function secretErrors(source: Draft, path: string, names: readonly string[]): readonly FieldError[] {
  const secret = source['secretRef'];
  return isObject(secret) ? names.flatMap((name) => requiredText(secret, name, `${path}.secretRef`)) : [];
}

const secretParts = (holder: SourceHolder): readonly string[] => (holder === 'pod' ? ['name'] : ['name', 'namespace']);

/** None is 0. */
const partitionErrors = (partition: number, field: string): readonly FieldError[] =>
  partition === 0 ? [] : between([1, 255], partition, field);

const diskErrors =
  (name: string): SourceCheck =>
  (source, path) => [
    ...requiredText(source, name, path),
    ...partitionErrors(asNumber(source['partition']) ?? 0, `${path}.partition`),
  ];

const imageErrors: SourceCheck = (source, path) => [
  ...monitorErrors(source, path, 'pod'),
  ...requiredText(source, 'image', path),
];

const monitorErrors: SourceCheck = (source, path) =>
  asList(source['monitors']).length === 0 ? [required(`${path}.monitors`)] : [];

const INITIATORS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

function initiatorErrors(name: string, field: string, holder: SourceHolder): readonly FieldError[] {
  const form = INITIATORS[name.slice(0, 3)];
  if (form?.test(name)) return [];
  const kinds = form === undefined && holder === 'pod' ? ' starting with iqn, eui, or naa' : '';
  return [invalidValue(field, name, `must be valid format${kinds}`)];
}

const iscsiErrors: SourceCheck = (source, path, holder) => {
  const [name, initiator] = [asText(source['iqn']), source['initiatorName']];
  const authenticated = source['chapAuthDiscovery'] === true || source['chapAuthSession'] === true;
  return [
    ...requiredText(source, 'targetPortal', path),
    ...(name === '' ? [required(`${path}.iqn`)] : initiatorErrors(name, `${path}.iqn`, holder)),
    ...between([0, 255], asNumber(source['lun']) ?? 0, `${path}.lun`),
    ...(authenticated && !isObject(source['secretRef']) ? [required(`${path}.secretRef`)] : []),
    ...(holder === 'volume' ? secretErrors(source, path, ['name']) : []),
    ...(typeof initiator === 'string' ? initiatorErrors(initiator, `${path}.initiatorname`, holder) : []),
  ];
};

const endpointErrors: SourceCheck = (source, path, holder) => {
  const { endpointsNamespace: namespace } = source;
  const field = `${path}.endpointsNamespace`;
  const errors = needs('endpoints', 'path')(source, path, holder);
  if (typeof namespace !== 'string') return errors;
  if (namespace !== '') return [...errors, ...textErrors(namespace, field, dnsLabelProblems)];
  const detail = 'if the endpointnamespace is set, it must be a valid namespace name';
  return [...errors, invalidValue(field, '', detail)];
};

const flockerErrors: SourceCheck = (source, path) => {
  const [name, id] = [asText(source['datasetName']), asText(source['datasetUUID'])];
  const errors: FieldError[] = [];
  if (name === '' && id === '') errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (name !== '' && id !== '')
    errors.push(invalidValue(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (name.includes('/')) errors.push(invalidValue(`${path}.datasetName`, name, "must not contain '/'"));
  return errors;
};

const HOST_AND_PORT = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;
const MOST_TENANT = 64;

const quobyteErrors: SourceCheck = (source, path) => {
  const registry = asText(source['registry']);
  const detail = 'must be a host:port pair or multiple pairs separated by commas';
  const errors: FieldError[] = [];
  if (registry === '') errors.push(required(`${path}.registry`, detail));
  else if (asText(source['tenant']).length > MOST_TENANT)
    errors.push(required(`${path}.tenant`, 'must be a UUID and may not exceed a length of 64 characters'));
  else
    for (const pair of registry.split(','))
      if (!HOST_AND_PORT.test(pair)) errors.push(invalidValue(`${path}.registry`, registry, detail));
  return [...errors, ...requiredText(source, 'volume', path)];
};

const channelErrors: SourceCheck = (source, path) => {
  const [targets, ids] = [asList(source['targetWWNs']), asList(source['wwids'])];
  const [field, errors] = [`${path}.targetWWNs`, [] as FieldError[]];
  if (targets.length === 0 && ids.length === 0)
    errors.push(required(field, 'must specify either targetWWNs or wwids, but not both'));
  if (targets.length > 0 && ids.length > 0)
    errors.push(invalidValue(field, targets, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targets.length === 0) return errors;
  const lun = asNumber(source['lun']);
  return lun === undefined
    ? [...errors, required(`${path}.lun`, 'lun is required if targetWWNs is specified')]
    : [...errors, ...between([0, 255], lun, `${path}.lun`)];
};

const flexErrors: SourceCheck = (source, path) => [
  ...requiredText(source, 'driver', path),
  ...Object.keys(asObject(source['options']) ?? {})
    .filter((key) =>
      /\.(kubernetes|k8s)\.io$/.test(`.${(key.includes('/') ? key.split('/', 1)[0] : key)?.toLowerCase()}`),
    )
    .map((key) => invalidValue(`${path}.options[${key}]`, key, 'kubernetes.io and k8s.io namespaces are reserved')),
];

const MANAGED = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
const BLOB = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';

const azureDiskErrors: SourceCheck = (source, path) => {
  const { kind, cachingMode } = source;
  const uri = asText(source['diskURI']);
  const [start, form] = kind === 'Managed' ? ['/subscriptions/', MANAGED] : ['https://', BLOB];
  const chosen = (value: unknown, name: string, supported: readonly string[]) =>
    value === undefined ? [] : oneOf(value, `${path}.${name}`, supported);
  return [
    ...requiredText(source, 'diskName', path),
    ...requiredText(source, 'diskURI', path),
    ...chosen(cachingMode, 'cachingMode', ['None', 'ReadOnly', 'ReadWrite']),
    ...chosen(kind, 'kind', ['Dedicated', 'Managed', 'Shared']),
    ...(kind === undefined || uri.startsWith(start) ? [] : oneOf(uri, `${path}.diskURI`, [form])),
  ];
};

const azureFileErrors: SourceCheck = (source, path, holder) => [
  ...needs('secretName', 'shareName')(source, path, holder),
  ...(source['secretNamespace'] === '' ? [required(`${path}.secretNamespace`)] : []),
];

const storageOsErrors: SourceCheck = (source, path, holder) => {
  const [name, namespace] = [asText(source['volumeName']), asText(source['volumeNamespace'])];
  return [
    ...(name === '' ? [required(`${path}.volumeName`)] : textErrors(name, `${path}.volumeName`, dnsLabelProblems)),
    ...(namespace === '' ? [] : textErrors(namespace, `${path}.volumeNamespace`, dnsLabelProblems)),
    ...secretErrors(source, path, secretParts(holder)),
  ];
};

export const SHARED_SOURCES = {
  gcePersistentDisk: diskErrors('pdName'),
  awsElasticBlockStore: diskErrors('volumeID'),
  nfs: (source, path, holder) => [
    ...needs('server', 'path')(source, path, holder),
    ...(asText(source['path']).startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, asText(source['path']), 'must be an absolute path')]),
  ],
  iscsi: iscsiErrors,
  glusterfs: endpointErrors,
  flocker: flockerErrors,
  rbd: imageErrors,
  cinder: (source, path, holder) => [
    ...requiredText(source, 'volumeID', path),
    ...secretErrors(source, path, secretParts(holder)),
  ],
  cephfs: monitorErrors,
  quobyte: quobyteErrors,
  fc: channelErrors,
  flexVolume: flexErrors,
  azureFile: azureFileErrors,
  vsphereVolume: needs('volumePath'),
  photonPersistentDisk: needs('pdID'),
  portworxVolume: needs('volumeID'),
  azureDisk: azureDiskErrors,
  storageos: storageOsErrors,
  scaleIO: needs('gateway', 'system', 'volumeName'),
} as const satisfies Readonly<Record<string, SourceCheck>>;

/** As the server's paths name a source: the first of a volume, and one too many. */
export const namedAs = (source: string): string => (source === 'gcePersistentDisk' ? 'persistentDisk' : source);
const SPARE: Readonly<Record<string, string>> = { cephfs: 'cephFS', downwardAPI: 'downwarAPI' };
export const spareAs = (source: string): string => SPARE[source] ?? source;

/** PersistentVolumes and StorageClasses, in the words of k8s.io/kubernetes/pkg/apis/core and storage. */
import { type FieldError, forbiddenField, invalidValue, notSupported, required } from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  setDefault,
} from '../machinery/json.ts';
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { nanoOf } from './pod-resources.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];
/** In the order they are looked at. */
const SOURCES = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'flocker',
  'nfs',
  'rbd',
  'quobyte',
  'cephfs',
  'iscsi',
  'cinder',
  'fc',
  'flexVolume',
  'azureFile',
  'vsphereVolume',
  'photonPersistentDisk',
  'portworxVolume',
  'azureDisk',
  'scaleIO',
  'local',
  'storageos',
  'csi',
];

function modeErrors(modes: readonly string[]): readonly FieldError[] {
  const field = 'spec.accessModes';
  const errors: FieldError[] = modes.length === 0 ? [required(field)] : [];
  for (const mode of modes) errors.push(...oneOf(mode, field, MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode)))
    errors.push(forbiddenField(field, 'may not use ReadWriteOncePod with other access modes'));
  return errors;
}

function capacityErrors(capacity: Draft): readonly FieldError[] {
  const field = 'spec.capacity';
  const amounts = Object.entries(capacity);
  const errors: FieldError[] = amounts.length === 0 ? [required(field)] : [];
  if (capacity['storage'] === undefined || amounts.length > 1)
    errors.push(notSupported(field, amounts.length === 0 ? null : capacity, ['storage']));
  for (const [name, amount] of amounts)
    if ((nanoOf(amount) ?? 0n) <= 0n)
      errors.push(invalidValue(`${field}[${name}]`, amount, 'must be greater than zero'));
  return errors;
}

const present = (source: Draft, names: readonly string[], field: string): readonly FieldError[] =>
  names.filter((name) => asText(source[name]) === '').map((name) => required(`${field}.${name}`));

function pathErrors(path: string, field: string): readonly FieldError[] {
  if (path === '') return [required(field)];
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

function sourceErrors(name: string, source: Draft): readonly FieldError[] {
  const field = `spec.${name}`;
  if (name === 'hostPath' || name === 'local') return pathErrors(asText(source['path']), `${field}.path`);
  if (name === 'nfs') {
    const path = asText(source['path']);
    const relative =
      path !== '' && !path.startsWith('/') ? [invalidValue(`${field}.path`, path, 'must be an absolute path')] : [];
    return [...present(source, ['server', 'path'], field), ...relative];
  }
  return name === 'csi' ? present(source, ['driver', 'volumeHandle'], field) : [];
}

function volumeErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const sources = SOURCES.filter((name) => isObject(spec[name]));
  const errors: FieldError[] = [
    ...modeErrors(asList(spec['accessModes']).map(asText)),
    ...capacityErrors(asObject(spec['capacity']) ?? {}),
    ...oneOf(spec['persistentVolumeReclaimPolicy'], 'spec.persistentVolumeReclaimPolicy', [
      'Delete',
      'Recycle',
      'Retain',
    ]),
  ];
  for (const [index, name] of sources.entries())
    if (index === 0) errors.push(...sourceErrors(name, asObject(spec[name]) ?? {}));
    else errors.push(forbiddenField(`spec.${name}`, 'may not specify more than 1 volume type'));
  if (sources[0] === 'local' && at(spec, 'nodeAffinity', 'required') === undefined)
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  const [root, policy] = [asText(at(spec, 'hostPath', 'path')), spec['persistentVolumeReclaimPolicy']];
  if (root === '/' && policy === 'Recycle')
    errors.push(
      forbiddenField('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
    );
  const storageClass = asText(spec['storageClassName']);
  if (storageClass !== '') errors.push(...textErrors(storageClass, 'spec.storageClassName', dnsSubdomainProblems));
  return [...errors, ...oneOf(spec['volumeMode'], 'spec.volumeMode', ['Block', 'Filesystem'])];
}

export const VOLUME: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) =>
    setDefaults(childOf(draft, 'spec'), { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
  },
  validate: volumeErrors,
  validateUpdate: (object, old) => {
    const [mode, before] = [at(object, 'spec', 'volumeMode'), at(old, 'spec', 'volumeMode')];
    return mode === before ? [] : [invalidValue('volumeMode', mode, 'field is immutable')];
  },
};

/** Of all parameters of a class together. */
const MAX_PARAMETERS = 512;

function classErrors(object: Draft): readonly FieldError[] {
  const provisioner = asText(object['provisioner']);
  const parameters = Object.keys(asObject(object['parameters']) ?? {});
  const policy = object['reclaimPolicy'];
  const errors: FieldError[] =
    provisioner === ''
      ? [required('provisioner')]
      : qualifiedNameProblems(provisioner.toLowerCase()).map((problem) =>
          invalidValue('provisioner', provisioner.toLowerCase(), problem),
        );
  if (parameters.length > MAX_PARAMETERS)
    errors.push({
      type: 'FieldValueTooLong',
      field: 'parameters',
      detail: `may not be more than ${MAX_PARAMETERS} bytes`,
    });
  else
    for (const key of parameters)
      if (key === '') errors.push(invalidValue('parameters', key, 'field can not be empty.'));
  if (policy !== '') errors.push(...oneOf(policy, 'reclaimPolicy', ['Delete', 'Retain']));
  return [...errors, ...oneOf(object['volumeBindingMode'], 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer'])];
}

export const STORAGE_CLASS: Strategy = {
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(draft, 'reclaimPolicy', 'Delete');
    setDefault(draft, 'volumeBindingMode', 'Immediate');
  },
  validate: classErrors,
  updateReplacesValidate: true,
  validateUpdate: (object, old) => {
    const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];
    return fixed
      .filter((field) => !equalJson(object[field], old[field]))
      .map((field) => invalidValue(field, object[field], 'field is immutable'));
  },
};

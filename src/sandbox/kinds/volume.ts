/** PersistentVolumes and StorageClasses, in the words of k8s.io/kubernetes/pkg/apis/core and storage. */
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  notSupported,
  required,
  tooLong,
} from '../machinery/field-errors.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
  setDefault,
} from '../machinery/json.ts';
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalText } from '../schema/internal-form.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults } from './defaults.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { nanoOf } from './pod-resources.ts';
import { oldVolumeWarnings, termWarnings } from './pod-warnings.ts';

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

const OLD_ANNOTATIONS: Readonly<Record<string, string>> = {
  'volume.beta.kubernetes.io/storage-class': 'deprecated since v1.8; use "storageClassName" attribute instead',
  'volume.beta.kubernetes.io/mount-options': 'deprecated since v1.31; use "mountOptions" attribute instead',
};

/** After k8s.io/kubernetes/pkg/api/persistentvolume. */
function volumeWarnings(object: Draft): readonly string[] {
  const spec = childOf(object, 'spec');
  const policy = 'spec.persistentVolumeReclaimPolicy';
  return [
    ...Object.entries(OLD_ANNOTATIONS).flatMap(([key, note]) =>
      at(object, 'metadata', 'annotations', key) === undefined ? [] : [`metadata.annotations[${key}]: ${note}`],
    ),
    ...(spec['persistentVolumeReclaimPolicy'] === 'Recycle'
      ? [
          `${policy}: The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.`,
        ]
      : []),
    ...objectsOf(at(spec, 'nodeAffinity', 'required', 'nodeSelectorTerms')).flatMap((term, index) =>
      termWarnings(term, `spec.nodeAffinity.required.nodeSelectorTerms[${index}]`),
    ),
    ...oldVolumeWarnings(spec, 'spec'),
  ];
}

const SOURCE = 'core/v1.PersistentVolumeSource';

/** Only the secret by which a driver grows a volume may come later. */
function sourceFixed(spec: Draft, old: Draft): readonly FieldError[] {
  const sourceOf = (of: Draft): Draft =>
    Object.fromEntries(SOURCES.flatMap((name) => (of[name] === undefined ? [] : [[name, of[name]]])));
  const [now, before] = [sourceOf(spec), sourceOf(old)];
  const late = at(before, 'csi', 'controllerExpandSecretRef') === undefined;
  const csi = asObject(now['csi']);
  if (csi && before['csi'] !== undefined && late) {
    const { controllerExpandSecretRef: _, ...rest } = csi;
    now['csi'] = rest;
  }
  if (equalJson(now, before)) return [];
  const difference = unifiedDiff(internalText(SOURCE, before), internalText(SOURCE, now));
  return [
    forbiddenField(
      'spec.persistentvolumesource',
      `spec.persistentvolumesource is immutable after creation\n${difference}`,
    ),
  ];
}

const AFFINITY_FIXED = 'field is immutable, except for updating from beta label to GA';

/** May be given once, and old labels of nodes may be exchanged for those of today. */
const affinityFixed = (now: unknown, before: unknown): readonly FieldError[] =>
  before === undefined || equalJson(now, before) || equalJson(now, withLabelsOfToday(before))
    ? []
    : [invalidValue('nodeAffinity', now, AFFINITY_FIXED)];

const LABELS_OF_TODAY: Readonly<Record<string, string>> = {
  'failure-domain.beta.kubernetes.io/zone': 'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region': 'topology.kubernetes.io/region',
  'beta.kubernetes.io/instance-type': 'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/os': 'kubernetes.io/os',
  'beta.kubernetes.io/arch': 'kubernetes.io/arch',
};

function withLabelsOfToday(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withLabelsOfToday);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => {
      const today = name === 'key' ? LABELS_OF_TODAY[asText(item)] : undefined;
      return [name, today ?? withLabelsOfToday(item)];
    }),
  );
}

function classLost(object: Draft, old: Draft): readonly FieldError[] {
  const [now, before] = [object, old].map((each) => at(each, 'spec', 'volumeAttributesClassName'));
  return before !== undefined && now === undefined
    ? [forbiddenField('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden')]
    : [];
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
  warnings: volumeWarnings,
  validateUpdate: (object, old) => {
    const [mode, before] = [at(object, 'spec', 'volumeMode'), at(old, 'spec', 'volumeMode')];
    return [
      ...sourceFixed(childOf(object, 'spec'), asObject(old['spec']) ?? {}),
      ...(mode === before ? [] : [invalidValue('volumeMode', mode, 'field is immutable')]),
      ...affinityFixed(at(object, 'spec', 'nodeAffinity'), at(old, 'spec', 'nodeAffinity')),
      ...classLost(object, old),
    ];
  },
};

/** How many parameters a class may have, and how many bytes all of them together. */
const MAX_PARAMETERS = 512;
const MAX_PARAMETER_BYTES = 256 * 1024;

function topologyTermErrors(term: Draft, field: string): readonly FieldError[] {
  const keys = new Set<string>();
  return objectsOf(term['matchLabelExpressions']).flatMap((expression, index) => {
    const path = `${field}.matchLabelExpressions[${index}]`;
    const [key, values] = [asText(expression['key']), asList(expression['values'])];
    const repeated = values.flatMap((value, place) =>
      values.indexOf(value) < place ? [duplicate(`${path}.values[${place}]`, value)] : [],
    );
    const twice = keys.has(key) ? [duplicate(`${path}.key`, key)] : [];
    keys.add(key);
    return [
      ...(values.length === 0 ? [required(`${path}.values`)] : []),
      ...repeated,
      ...textErrors(key, `${path}.key`, qualifiedNameProblems),
      ...twice,
    ];
  });
}

/** Two terms that say the same are one too many. */
function topologyErrors(topologies: readonly Draft[]): readonly FieldError[] {
  const meaning = (term: Draft) =>
    Object.fromEntries(
      objectsOf(term['matchLabelExpressions']).map((each) => [
        asText(each['key']),
        asList(each['values']).map(asText).toSorted(),
      ]),
    );
  return topologies.flatMap((term, index) => {
    const field = `allowedTopologies[${index}]`;
    const known = topologies.slice(0, index).some((before) => equalJson(meaning(before), meaning(term)));
    return [...topologyTermErrors(term, field), ...(known ? [duplicate(`${field}.matchLabelExpressions`, '')] : [])];
  });
}

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
  else {
    for (const key of parameters)
      if (key === '') errors.push(invalidValue('parameters', key, 'field can not be empty.'));
    const bytes = Object.entries(asObject(object['parameters']) ?? {})
      .flat()
      .map(asText);
    if (Buffer.byteLength(bytes.join('')) > MAX_PARAMETER_BYTES)
      errors.push(tooLong('parameters', MAX_PARAMETER_BYTES));
  }
  if (policy !== '') errors.push(...oneOf(policy, 'reclaimPolicy', ['Delete', 'Retain']));
  return [
    ...errors,
    ...oneOf(object['volumeBindingMode'], 'volumeBindingMode', ['Immediate', 'WaitForFirstConsumer']),
    ...topologyErrors(objectsOf(object['allowedTopologies'])),
  ];
}

export const STORAGE_CLASS: Strategy = {
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(draft, 'reclaimPolicy', 'Delete');
    setDefault(draft, 'volumeBindingMode', 'Immediate');
  },
  validate: classErrors,
  validateUpdate: (object, old) => {
    const fixed = ['parameters', 'provisioner', 'reclaimPolicy', 'volumeBindingMode'];
    return fixed
      .filter((field) => !equalJson(object[field], old[field]))
      .map((field) => invalidValue(field, object[field], 'field is immutable'));
  },
};

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
  objectsOf,
} from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { toTimestamp } from '../../std/clock.ts';
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalForm, internalText } from '../schema/internal-form.ts';
import type { Strategy } from '../machinery/registry.ts';
import { setDefaults, sourceDefaults } from './defaults.ts';
import { oneOf, textErrors, driverNameErrors } from './field-checks.ts';
import { nodeSelectorErrors } from './pod-placement.ts';
import { shownMap } from '../machinery/label-selector.ts';
import { nanoOf } from './pod-resources.ts';
import { oldVolumeWarnings, termWarnings } from './pod-warnings.ts';
import { HOST_PATHS } from './pod-volumes.ts';
import { namedAs, SHARED_SOURCES, type SourceCheck, spareAs } from './volume-sources.ts';

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

const NANO = 1_000_000_000n;

function capacityErrors(capacity: Draft): readonly FieldError[] {
  const field = 'spec.capacity';
  const amounts = Object.entries(capacity);
  const errors: FieldError[] = amounts.length === 0 ? [required(field)] : [];
  if (capacity['storage'] === undefined || amounts.length > 1)
    errors.push(notSupported(field, amounts.length === 0 ? null : shownMap(capacity), ['storage']));
  for (const [name, amount] of Object.entries(shownMap(capacity))) {
    const nano = nanoOf(amount) ?? 0n;
    // Shown as a whole number, which is the next one away from nothing.
    if (nano < 0n) {
      const whole = Number((nano - NANO + 1n) / NANO);
      errors.push(invalidValue(`${field}[${name}]`, whole, 'must be a valid resource quantity'));
    }
    if (nano <= 0n) errors.push(invalidValue(`${field}[${name}]`, amount, 'must be greater than zero'));
  }
  return errors;
}

const present = (source: Draft, names: readonly string[], field: string): readonly FieldError[] =>
  names.filter((name) => asText(source[name]) === '').map((name) => required(`${field}.${name}`));

function pathErrors(path: string, field: string): readonly FieldError[] {
  if (path === '') return [required(field)];
  return path.split('/').includes('..') ? [invalidValue(field, path, "must not contain '..'")] : [];
}

const SECRETS = [
  'controllerPublishSecretRef',
  'controllerExpandSecretRef',
  'nodePublishSecretRef',
  'nodeExpandSecretRef',
];

function secretErrors(secret: Draft, field: string): readonly FieldError[] {
  const part = (name: string, problems: (value: string) => readonly string[]) => {
    const value = asText(secret[name]);
    return value === '' ? [required(`${field}.${name}`)] : textErrors(value, `${field}.${name}`, problems);
  };
  return [...part('name', dnsSubdomainProblems), ...part('namespace', dnsLabelProblems)];
}

function sourceErrors(name: string, source: Draft): readonly FieldError[] {
  const field = `spec.${name}`;
  if (name === 'local') return pathErrors(asText(source['path']), `${field}.path`);
  if (name === 'hostPath')
    return [
      ...pathErrors(asText(source['path']), `${field}.path`),
      ...(asText(source['path']) === '' ? [] : oneOf(source['type'], `${field}.type`, HOST_PATHS)),
    ];
  const check = (SHARED_SOURCES as Readonly<Record<string, SourceCheck>>)[name];
  if (check) return check(source, `spec.${namedAs(name)}`, 'volume');
  if (name !== 'csi') return [];
  return [
    ...driverNameErrors(asText(source['driver']), `${field}.driver`),
    ...present(source, ['volumeHandle'], field),
    ...SECRETS.flatMap((secret) =>
      isObject(source[secret]) ? secretErrors(source[secret], `${field}.${secret}`) : [],
    ),
  ];
}

const MOST_INITIATOR = 64;

function portalErrors(object: Draft, spec: Draft): readonly FieldError[] {
  const portal = asText(at(spec, 'iscsi', 'targetPortal'));
  const named = typeof at(spec, 'iscsi', 'initiatorName') === 'string';
  if (!named || `${asText(at(object, 'metadata', 'name'))}:${portal}`.length <= MOST_INITIATOR) return [];
  const detail =
    'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
  return [invalidValue('spec.iscsi.targetportal', portal, detail)];
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
  const { nodeAffinity } = spec;
  if (isObject(nodeAffinity)) {
    const need = nodeAffinity['required'];
    const field = 'spec.nodeAffinity.required';
    errors.push(
      ...(isObject(need)
        ? nodeSelectorErrors(need, field)
        : [required(field, 'must specify required node constraints')]),
    );
  }
  for (const [index, name] of sources.entries())
    if (index === 0) errors.push(...sourceErrors(name, asObject(spec[name]) ?? {}), ...portalErrors(object, spec));
    else errors.push(forbiddenField(`spec.${spareAs(name)}`, 'may not specify more than 1 volume type'));
  if (sources[0] === 'local' && !isObject(nodeAffinity))
    errors.push(required('spec.nodeAffinity', 'Local volume requires node affinity'));
  if (sources.length === 0) errors.push(required('spec', 'must specify a volume type'));
  const [root, policy] = [asText(at(spec, 'hostPath', 'path')), spec['persistentVolumeReclaimPolicy']];
  if (root === '/' && policy === 'Recycle')
    errors.push(
      forbiddenField('spec.persistentVolumeReclaimPolicy', "may not be 'recycle' for a hostPath mount of '/'"),
    );
  const storageClass = asText(spec['storageClassName']);
  if (storageClass !== '') errors.push(...textErrors(storageClass, 'spec.storageClassName', dnsSubdomainProblems));
  return [
    ...errors,
    ...(spec['volumeMode'] === undefined ? [] : oneOf(spec['volumeMode'], 'spec.volumeMode', ['Block', 'Filesystem'])),
    ...attributesClassErrors(spec),
    ...mountOptionErrors(object, sources),
  ];
}

function attributesClassErrors(spec: Draft): readonly FieldError[] {
  const name = spec['volumeAttributesClassName'];
  if (typeof name !== 'string') return [];
  const field = 'spec.volumeAttributesClassName';
  return [
    ...(name === ''
      ? [required(field, 'an empty string is disallowed')]
      : textErrors(name, field, dnsSubdomainProblems)),
    ...(isObject(spec['csi'])
      ? []
      : [required('spec.csi', 'has to be specified when using volumeAttributesClassName')]),
  ];
}

const MOUNT_OPTIONS = 'volume.beta.kubernetes.io/mount-options';
/** Of those with sources of these kinds alone a mount takes options. */
const MOUNTED = new Set([
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'glusterfs',
  'nfs',
  'rbd',
  'quobyte',
  'iscsi',
  'cinder',
  'cephfs',
  'azureFile',
  'vsphereVolume',
  'azureDisk',
  'photonPersistentDisk',
]);

const mountOptionErrors = (object: Draft, sources: readonly string[]): readonly FieldError[] =>
  at(object, 'metadata', 'annotations', MOUNT_OPTIONS) === undefined || sources.some((name) => MOUNTED.has(name))
    ? []
    : [forbiddenField(`metadata.annotations.${MOUNT_OPTIONS}`, 'may not specify mount options for this volume type')];

/** A status says since when it has its phase. */
function datePhase(draft: Draft, old: unknown, now: number): void {
  const [status, before] = [childOf(draft, 'status'), asObject(at(old, 'status')) ?? {}];
  const since = 'lastPhaseTransitionTime';
  if (status['phase'] === before['phase']) {
    if (status[since] === undefined && before[since] !== undefined) status[since] = before[since];
  } else if (status[since] === undefined || status[since] === before[since]) status[since] = toTimestamp(now);
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

const AFFINITY = 'core/v1.VolumeNodeAffinity';
const AFFINITY_FIXED = 'field is immutable, except for updating from beta label to GA';

/** May be given once, and old labels of nodes may be exchanged for those of today. */
const affinityFixed = (now: unknown, before: unknown): readonly FieldError[] =>
  before === undefined || equalJson(now, before) || equalJson(now, withLabelsOfToday(before))
    ? []
    : [invalidValue('nodeAffinity', isObject(now) ? internalForm(AFFINITY, now) : null, AFFINITY_FIXED)];

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
  applyDefaults: (draft) => {
    const spec = childOf(draft, 'spec');
    setDefaults(spec, { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' });
    sourceDefaults(spec);
    if (asText(at(draft, 'status', 'phase')) === '') childOf(draft, 'status')['phase'] = 'Pending';
  },
  prepareForCreate: (draft, { now }) => {
    draft['status'] = { phase: 'Pending', lastPhaseTransitionTime: toTimestamp(now) };
  },
  prepareForStatusUpdate: (draft, old, { now }) => datePhase(draft, old, now),
  validate: volumeErrors,
  warnings: volumeWarnings,
  validateUpdate: (object, old) => {
    const [mode, before] = [at(object, 'spec', 'volumeMode'), at(old, 'spec', 'volumeMode')];
    return [
      // The registry checks a changed volume twice, and tells of it twice.
      ...volumeErrors(object),
      ...sourceFixed(childOf(object, 'spec'), asObject(old['spec']) ?? {}),
      ...(mode === before ? [] : [invalidValue('volumeMode', mode, 'field is immutable')]),
      ...affinityFixed(at(object, 'spec', 'nodeAffinity'), at(old, 'spec', 'nodeAffinity')),
      ...classLost(object, old),
    ];
  },
};

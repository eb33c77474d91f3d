/**
 * Volumes of a pod: one source each, whose fields fit. After
 * k8s.io/kubernetes/pkg/apis/core/validation.ValidateVolumes.
 */
import { type FieldError, duplicate, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems, dnsSubdomainProblems } from '../../std/names.ts';
import { driverNameErrors, oneOf, textErrors } from './field-checks.ts';
import {
  backstepErrors,
  descendingPathErrors,
  FILE_FIELDS,
  fieldRefErrors,
  localPathErrors,
  requiredText,
  resourceRefErrors,
} from './pod-references.ts';
import { nanoOf } from './pod-resources.ts';
import { claimSpecErrors } from './storage.ts';
import { templateMetadataErrors } from './template-metadata.ts';
import { namedAs, SHARED_SOURCES, type SourceCheck, spareAs } from './volume-sources.ts';

/** Of `hostPath.type`. */
export const HOST_PATHS: readonly string[] = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];
type Check = (source: Draft, path: string) => readonly FieldError[];

const MOST_MODE = 0o777;
const LEAST_TOKEN_SECONDS = 600;
const MOST_TOKEN_SECONDS = 2 ** 32;

function modeErrors(value: unknown, field: string): readonly FieldError[] {
  const mode = asNumber(value);
  if (mode === undefined || (mode >= 0 && mode <= MOST_MODE)) return [];
  return [invalidValue(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive')];
}

const itemErrors: Check = (item, path) => [
  ...requiredText(item, 'key', path),
  ...requiredText(item, 'path', path),
  ...localPathErrors(asText(item['path']), `${path}.path`),
  ...modeErrors(item['mode'], `${path}.mode`),
];

/** Of a ConfigMap or Secret: its name, its mode, and the keys that become files. */
const keysErrors =
  (name: string): Check =>
  (source, path) => [
    ...requiredText(source, name, path),
    ...modeErrors(source['defaultMode'], `${path}.defaultMode`),
    ...objectsOf(source['items']).flatMap((item, index) => itemErrors(item, `${path}.items[${index}]`)),
  ];

/** The real server names the list, not the item. */
const podFileErrors: Check = (item, path) => {
  const { fieldRef, resourceFieldRef } = item;
  const errors = [...requiredText(item, 'path', path), ...localPathErrors(asText(item['path']), `${path}.path`)];
  if (isObject(fieldRef)) {
    errors.push(...fieldRefErrors(fieldRef, FILE_FIELDS, `${path}.fieldRef`));
    if (isObject(resourceFieldRef))
      errors.push(invalidValue(path, 'resource', 'fieldRef and resourceFieldRef can not be specified simultaneously'));
  } else if (isObject(resourceFieldRef)) {
    const field = `${path}.resourceFieldRef`;
    errors.push(
      ...(asText(resourceFieldRef['containerName']) === ''
        ? [required(`${field}.containerName`)]
        : resourceRefErrors(resourceFieldRef, field)),
    );
  } else errors.push(required(path, 'one of fieldRef and resourceFieldRef is required'));
  return [...errors, ...modeErrors(item['mode'], `${path}.mode`)];
};

const downwardErrors: Check = (source, path) => [
  ...modeErrors(source['defaultMode'], `${path}.defaultMode`),
  ...objectsOf(source['items']).flatMap((item) => podFileErrors(item, path)),
];

const tokenErrors: Check = (token, path) => {
  const seconds = asNumber(token['expirationSeconds']) ?? 0;
  const errors: FieldError[] = [];
  const field = `${path}.expirationSeconds`;
  if (seconds < LEAST_TOKEN_SECONDS)
    errors.push(invalidValue(field, seconds, 'may not specify a duration less than 10 minutes'));
  if (seconds > MOST_TOKEN_SECONDS)
    errors.push(invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds'));
  return errors;
};

const projectedErrors: Check = (projected, path) => {
  const errors: FieldError[] = [...modeErrors(projected['defaultMode'], `${path}.defaultMode`)];
  const paths = new Set<string>();
  const claim = (item: Draft, shown: unknown): readonly FieldError[] => {
    const file = asText(item['path']);
    if (file === '' || !paths.has(file)) {
      paths.add(file);
      return [];
    }
    return [invalidValue(path, shown, 'conflicting duplicate paths')];
  };
  for (const [index, source] of objectsOf(projected['sources']).entries()) {
    const field = `${path}.sources[${index}]`;
    for (const kind of ['secret', 'configMap']) {
      const part = source[kind];
      if (!isObject(part)) continue;
      errors.push(...requiredText(part, 'name', `${field}.${kind}`));
      for (const [place, item] of objectsOf(part['items']).entries())
        errors.push(...itemErrors(item, `${field}.${kind}.items[${place}]`), ...claim(item, part['name']));
    }
    if (isObject(source['downwardAPI'])) {
      for (const item of objectsOf(source['downwardAPI']['items']))
        errors.push(...podFileErrors(item, `${field}.downwardAPI`), ...claim(item, item['path']));
    }
    const token = source['serviceAccountToken'];
    if (isObject(token)) {
      errors.push(...tokenErrors(token, `${field}.serviceAccountToken`), ...requiredText(token, 'path', path));
      errors.push(...localPathErrors(asText(token['path']), `${path}.path`));
    }
    if (Object.values(source).filter(isObject).length > 1)
      errors.push(forbiddenField(field, 'may not specify more than 1 volume type per source'));
  }
  return errors;
};

/** A template of a claim has labels, annotations and a spec. */
function claimTemplateErrors(template: Draft, path: string): readonly FieldError[] {
  return [
    ...templateMetadataErrors(template['metadata'], `${path}.metadata`),
    ...claimSpecErrors(asObject(template['spec']) ?? {}, `${path}.spec`),
  ];
}

/** A name that cannot be one is told of beside the reference. */
function publishSecretErrors(secret: unknown, path: string): readonly FieldError[] {
  if (!isObject(secret)) return [];
  const name = asText(secret['name']);
  return name === ''
    ? [required(`${path}.nodePublishSecretRef.name`)]
    : textErrors(name, `${path}.name`, dnsSubdomainProblems);
}

/** In the order in which they are looked at; a source without a check of its own is taken as it is. */
const SOURCES: Readonly<Record<string, SourceCheck>> = {
  emptyDir: (source, path) =>
    (nanoOf(source['sizeLimit']) ?? 0n) < 0n
      ? [forbiddenField(`${path}.sizeLimit`, 'SizeLimit field must be a valid resource quantity')]
      : [],
  hostPath: (source, path) =>
    asText(source['path']) === ''
      ? [required(`${path}.path`)]
      : [
          ...backstepErrors(asText(source['path']), `${path}.path`),
          ...oneOf(source['type'] ?? '', `${path}.type`, HOST_PATHS),
        ],
  gitRepo: (source, path) => [
    ...requiredText(source, 'repository', path),
    ...descendingPathErrors(asText(source['directory']), `${path}.directory`),
  ],
  gcePersistentDisk: SHARED_SOURCES.gcePersistentDisk,
  awsElasticBlockStore: SHARED_SOURCES.awsElasticBlockStore,
  secret: keysErrors('secretName'),
  nfs: SHARED_SOURCES.nfs,
  iscsi: SHARED_SOURCES.iscsi,
  glusterfs: SHARED_SOURCES.glusterfs,
  flocker: SHARED_SOURCES.flocker,
  persistentVolumeClaim: (source, path) => requiredText(source, 'claimName', path),
  rbd: SHARED_SOURCES.rbd,
  cinder: SHARED_SOURCES.cinder,
  cephfs: SHARED_SOURCES.cephfs,
  quobyte: SHARED_SOURCES.quobyte,
  downwardAPI: downwardErrors,
  fc: SHARED_SOURCES.fc,
  flexVolume: SHARED_SOURCES.flexVolume,
  configMap: keysErrors('name'),
  azureFile: SHARED_SOURCES.azureFile,
  vsphereVolume: SHARED_SOURCES.vsphereVolume,
  photonPersistentDisk: SHARED_SOURCES.photonPersistentDisk,
  portworxVolume: SHARED_SOURCES.portworxVolume,
  azureDisk: SHARED_SOURCES.azureDisk,
  storageos: SHARED_SOURCES.storageos,
  projected: projectedErrors,
  scaleIO: SHARED_SOURCES.scaleIO,
  csi: (source, path) => [
    ...driverNameErrors(asText(source['driver']), `${path}.driver`),
    ...publishSecretErrors(source['nodePublishSecretRef'], path),
  ],
  ephemeral: (source, path) =>
    isObject(source['volumeClaimTemplate'])
      ? claimTemplateErrors(source['volumeClaimTemplate'], `${path}.volumeClaimTemplate`)
      : [required(`${path}.volumeClaimTemplate`)],
  image: (source, path) => oneOf(source['pullPolicy'], `${path}.pullPolicy`, ['Always', 'IfNotPresent', 'Never']),
};

export interface Volumes {
  /** By name: those without an error. What has one is as good as not there for the mounts. */
  readonly known: ReadonlyMap<string, Draft>;
  readonly errors: readonly FieldError[];
}

/** Claims that are made for the volumes of a pod with a name. */
function madeClaims(volumes: unknown, pod: string | undefined): ReadonlySet<string> {
  if (pod === undefined || pod === '') return new Set();
  return new Set(
    objectsOf(volumes).flatMap((volume) => (isObject(volume['ephemeral']) ? [`${pod}-${asText(volume['name'])}`] : [])),
  );
}

const MOST_INITIATOR = 64;

/** Names that are made of the volume's and another. */
function combinedNameErrors(volume: Draft, field: string, pod: string | undefined): readonly FieldError[] {
  const name = asText(volume['name']);
  const { iscsi } = volume;
  const errors: FieldError[] = [];
  if (isObject(iscsi) && typeof iscsi['initiatorName'] === 'string') {
    const detail =
      'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';
    if (`${name}:${asText(iscsi['targetPortal'])}`.length > MOST_INITIATOR)
      errors.push(invalidValue(`${field}.name`, name, detail));
  }
  if (!isObject(volume['ephemeral']) || pod === undefined || pod === '' || name === '') return errors;
  const claim = `${pod}-${name}`;
  const wrong = dnsSubdomainProblems(claim).map((problem) =>
    invalidValue(`${field}.name`, name, `PVC name ${JSON.stringify(claim)}: ${problem}`),
  );
  return [...errors, ...wrong];
}

/** `pod`: its name; absent for a template. */
const NO_VOLUMES: Volumes = { known: new Map(), errors: [] };

export function volumesOf(volumes: unknown, path: string, pod?: string): Volumes {
  if (volumes === undefined) return NO_VOLUMES;
  const made = madeClaims(volumes, pod);
  const known = new Map<string, Draft>();
  const errors: FieldError[] = [];
  for (const [index, item] of asList(volumes).entries()) {
    const volume = isObject(item) ? item : {};
    const field = `${path}[${index}]`;
    const name = asText(volume['name']);
    const [first, ...others] = Object.keys(SOURCES).filter((source) => isObject(volume[source]));
    const wrong: FieldError[] = [];
    if (first === undefined) wrong.push(required(field, 'must specify a volume type'));
    else wrong.push(...(SOURCES[first]?.(volume[first] as Draft, `${field}.${namedAs(first)}`, 'pod') ?? []));
    // A template may leave the image open.
    if (first === 'image' && pod !== undefined)
      wrong.push(...requiredText(volume['image'], 'reference', `${field}.image`));
    for (const other of others)
      wrong.push(forbiddenField(`${field}.${spareAs(other)}`, 'may not specify more than 1 volume type'));
    wrong.push(...combinedNameErrors(volume, field, pod));
    wrong.push(...(name === '' ? [required(`${field}.name`)] : textErrors(name, `${field}.name`, dnsLabelProblems)));
    if (known.has(name)) wrong.push(duplicate(`${field}.name`, name));
    if (wrong.length === 0) known.set(name, volume);
    errors.push(...wrong);
    const claim = asText(at(volume, 'persistentVolumeClaim', 'claimName'));
    if (made.has(claim)) {
      const detail = 'must not reference a PVC that gets created for an ephemeral volume';
      errors.push(invalidValue(`${field}.persistentVolumeClaim.claimName`, claim, detail));
    }
  }
  return { known, errors };
}

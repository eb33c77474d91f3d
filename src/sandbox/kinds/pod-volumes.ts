/**
 * Volumes of a pod: one source each, whose fields fit. After
 * k8s.io/kubernetes/pkg/apis/core/validation.ValidateVolumes.
 */
import { type FieldError, duplicate, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asNumber, asObject, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import { annotationErrors, labelErrors } from '../machinery/metadata.ts';
import { dnsLabelProblems } from '../../std/names.ts';
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

type Check = (source: Draft, path: string) => readonly FieldError[];

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
  const meta = asObject(template['metadata']) ?? {};
  return [
    ...annotationErrors(meta['annotations'], `${path}.metadata.annotations`),
    ...labelErrors(meta['labels'], `${path}.metadata.labels`),
    ...Object.keys(meta)
      .filter((name) => name !== 'labels' && name !== 'annotations')
      .map((name) => forbiddenField(`${path}.metadata.${name}`, 'cannot be set')),
    ...claimSpecErrors(asObject(template['spec']) ?? {}, `${path}.spec`),
  ];
}

/** In the order in which they are looked at; a source without a check of its own is taken as it is. */
const SOURCES: Readonly<Record<string, Check>> = {
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
  gcePersistentDisk: (source, path) => requiredText(source, 'pdName', path),
  awsElasticBlockStore: (source, path) => requiredText(source, 'volumeID', path),
  secret: keysErrors('secretName'),
  nfs: (source, path) => [
    ...requiredText(source, 'server', path),
    ...requiredText(source, 'path', path),
    ...(asText(source['path']).startsWith('/')
      ? []
      : [invalidValue(`${path}.path`, asText(source['path']), 'must be an absolute path')]),
  ],
  iscsi: (source, path) => [...requiredText(source, 'targetPortal', path), ...requiredText(source, 'iqn', path)],
  glusterfs: (source, path) => [...requiredText(source, 'endpoints', path), ...requiredText(source, 'path', path)],
  flocker: () => [],
  persistentVolumeClaim: (source, path) => requiredText(source, 'claimName', path),
  rbd: (source, path) => [
    ...(asList(source['monitors']).length === 0 ? [required(`${path}.monitors`)] : []),
    ...requiredText(source, 'image', path),
  ],
  cinder: (source, path) => requiredText(source, 'volumeID', path),
  cephfs: (source, path) => (asList(source['monitors']).length === 0 ? [required(`${path}.monitors`)] : []),
  quobyte: (source, path) => requiredText(source, 'volume', path),
  downwardAPI: downwardErrors,
  fc: () => [],
  flexVolume: (source, path) => requiredText(source, 'driver', path),
  configMap: keysErrors('name'),
  azureFile: (source, path) => [
    ...requiredText(source, 'secretName', path),
    ...requiredText(source, 'shareName', path),
  ],
  vsphereVolume: (source, path) => requiredText(source, 'volumePath', path),
  photonPersistentDisk: (source, path) => requiredText(source, 'pdID', path),
  portworxVolume: (source, path) => requiredText(source, 'volumeID', path),
  azureDisk: (source, path) => [...requiredText(source, 'diskName', path), ...requiredText(source, 'diskURI', path)],
  storageos: () => [],
  projected: projectedErrors,
  scaleIO: () => [],
  csi: (source, path) => [
    ...driverNameErrors(asText(source['driver']), `${path}.driver`),
    ...requiredText(source['nodePublishSecretRef'], 'name', `${path}.nodePublishSecretRef`),
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

/** `pod`: its name; absent for a template. */
export function volumesOf(volumes: unknown, path: string, pod?: string): Volumes {
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
    else wrong.push(...(SOURCES[first]?.(volume[first] as Draft, `${field}.${first}`) ?? []));
    // A template may leave the image open.
    if (first === 'image' && pod !== undefined)
      wrong.push(...requiredText(volume['image'], 'reference', `${field}.image`));
    for (const other of others)
      wrong.push(forbiddenField(`${field}.${other}`, 'may not specify more than 1 volume type'));
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

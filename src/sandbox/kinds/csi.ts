/**
 * What drivers of storage and their nodes say of themselves: CSIDrivers, CSINodes, CSIStorageCapacities,
 * VolumeAttachments and VolumeAttributesClasses. After k8s.io/kubernetes/pkg/apis/storage/{v1,validation} and
 * pkg/registry/storage.
 */
import { dnsSubdomainProblems, qualifiedNameProblems } from '../../std/names.ts';
import {
  duplicate,
  type FieldError,
  forbiddenField,
  invalidValue,
  required,
  tooLong,
} from '../machinery/field-errors.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  equalJson,
  isObject,
  objectsOf,
} from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { internalForm } from '../schema/internal-form.ts';
import { setDefaults } from './defaults.ts';
import { atLeastZero, driverNameErrors, oneOf, textErrors } from './field-checks.ts';
import { labelSelectorErrors, shownSelector } from '../machinery/label-selector.ts';
import { nanoOf } from './pod-resources.ts';
import { parameterErrors, provisionerErrors } from './storage-class.ts';

type Shown = Readonly<Record<string, unknown>>;

const IMMUTABLE = 'field is immutable';
const specOf = (object: Draft): Draft => childOf(object, 'spec');

const LEAST_TOKEN_SECONDS = 600;
const MOST_TOKEN_SECONDS = 2 ** 32;
const LEAST_PERIOD_SECONDS = 10;

function tokenErrors(requests: unknown, path: string): readonly FieldError[] {
  const audiences = new Set<string>();
  return objectsOf(requests).flatMap((request, index) => {
    const [audience, seconds] = [asText(request['audience']), asNumber(request['expirationSeconds'])];
    if (audiences.has(audience)) return [duplicate(`${path}[${index}].audience`, audience)];
    audiences.add(audience);
    const field = `${path}[${index}].expirationSeconds`;
    if (seconds === undefined) return [];
    if (seconds < LEAST_TOKEN_SECONDS)
      return [invalidValue(field, seconds, 'may not specify a duration less than 10 minutes')];
    return seconds > MOST_TOKEN_SECONDS
      ? [invalidValue(field, seconds, 'may not specify a duration larger than 2^32 seconds')]
      : [];
  });
}

function driverErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const period = asNumber(spec['nodeAllocatableUpdatePeriodSeconds']);
  const inSecrets = spec['serviceAccountTokenInSecrets'];
  const modes = ['Persistent', 'Ephemeral'];
  return [
    ...oneOf(spec['fsGroupPolicy'], 'spec.fsGroupPolicy', ['File', 'None', 'ReadWriteOnceWithFSType']),
    ...tokenErrors(spec['tokenRequests'], 'spec.tokenRequests'),
    ...asList(spec['volumeLifecycleModes']).flatMap((mode) => oneOf(mode, 'spec.volumeLifecycleModes', modes)),
    ...(period !== undefined && period < LEAST_PERIOD_SECONDS
      ? [
          invalidValue(
            'spec.nodeAllocatableUpdatePeriodSeconds',
            period,
            `must be greater than or equal to ${LEAST_PERIOD_SECONDS} seconds`,
          ),
        ]
      : []),
    ...(inSecrets !== undefined && objectsOf(spec['tokenRequests']).length === 0
      ? [
          invalidValue(
            'spec.serviceAccountTokenInSecrets',
            inSecrets,
            'serviceAccountTokenInSecrets is set but no tokenRequests are specified',
          ),
        ]
      : []),
  ];
}

const SECRETS_NOTE =
  'spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible ' +
  'logging of tokens in volume attributes';

export const CSI_DRIVER: Strategy = {
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    const spec = specOf(draft);
    setDefaults(spec, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      requiresRepublish: false,
      seLinuxMount: false,
    });
    if (asList(spec['volumeLifecycleModes']).length === 0) spec['volumeLifecycleModes'] = ['Persistent'];
    // Of a gate that is off by default.
    delete spec['preventPodSchedulingIfMissing'];
  },
  prepareForUpdate: (draft, old) => {
    if (equalJson(draft['spec'], old['spec'])) return;
    childOf(draft, 'metadata')['generation'] = (old.metadata.generation ?? 0) + 1;
  },
  validate: driverErrors,
  validateUpdate: (object, old) =>
    [
      ['attachRequired', 'spec.attachedRequired'] as const,
      ['volumeLifecycleModes', 'spec.volumeLifecycleModes'] as const,
    ].flatMap(([name, field]) =>
      equalJson(at(object, 'spec', name), at(old, 'spec', name))
        ? []
        : [invalidValue(field, at(object, 'spec', name), IMMUTABLE)],
    ),
  warnings: (object, old) => {
    const requests = at(object, 'spec', 'tokenRequests');
    const asked = objectsOf(requests).length > 0 && !equalJson(requests, at(old, 'spec', 'tokenRequests'));
    return asked && at(object, 'spec', 'serviceAccountTokenInSecrets') === undefined ? [SECRETS_NOTE] : [];
  },
};

const MOST_NODE_ID = 256;

function nodeDriverErrors(driver: Draft, names: Set<string>, path: string): readonly FieldError[] {
  const [name, id] = [asText(driver['name']), asText(driver['nodeID'])];
  const errors: FieldError[] = [...driverNameErrors(name, `${path}.name`)];
  if (id === '') errors.push(required(`${path}.nodeID`));
  if (id.length > MOST_NODE_ID)
    errors.push(invalidValue(`${path}.nodeID`, id, `must be ${MOST_NODE_ID} characters or less`));
  errors.push(...atLeastZero(at(driver, 'allocatable', 'count'), `${path}.allocatable.count`));
  if (names.has(name)) errors.push(duplicate(`${path}.name`, name));
  names.add(name);
  const keys = new Set<string>();
  for (const key of asList(driver['topologyKeys']).map(asText)) {
    if (key === '') errors.push(required(path));
    if (keys.has(key)) errors.push(duplicate(path, key));
    keys.add(key);
    errors.push(...textErrors(key, path, qualifiedNameProblems));
  }
  return errors;
}

export const CSI_NODE: Strategy = {
  deleteAnswersObject: true,
  validate: (object) => {
    const names = new Set<string>();
    return objectsOf(specOf(object)['drivers']).flatMap((driver, index) =>
      nodeDriverErrors(driver, names, `spec.drivers[${index}]`),
    );
  },
  validateUpdate: (object, old) => {
    const fixed = (driver: Draft) => ({ ...driver, allocatable: undefined });
    return objectsOf(at(old, 'spec', 'drivers')).flatMap((before) =>
      objectsOf(specOf(object)['drivers']).flatMap((driver) => {
        if (driver['name'] !== before['name'] || equalJson(fixed(driver), fixed(before))) return [];
        const { allocatable: _, ...shown } = driver;
        return [invalidValue('spec.drivers', internalForm('storage/v1.CSINodeDriver', shown), IMMUTABLE)];
      }),
    );
  },
};

export const CSI_STORAGE_CAPACITY: Strategy = {
  validate: (object) => {
    const { capacity } = object;
    return [
      ...labelSelectorErrors(object['nodeTopology'], 'nodeTopology'),
      ...textErrors(asText(object['storageClassName']), 'storageClassName', dnsSubdomainProblems),
      ...((nanoOf(capacity) ?? 0n) < 0n
        ? [invalidValue('capacity', capacity, 'must be greater than or equal to 0')]
        : []),
    ];
  },
  validateUpdate: (object, old) => [
    ...(equalJson(object['nodeTopology'], old['nodeTopology'])
      ? []
      : [invalidValue('nodeTopology', shownSelector(object['nodeTopology']), IMMUTABLE)]),
    ...(object['storageClassName'] === old['storageClassName']
      ? []
      : [invalidValue('storageClassName', object['storageClassName'], IMMUTABLE)]),
  ],
};

/** What a driver may tell of an attachment, in bytes. */
const MOST_METADATA_BYTES = 256 * 1024;
const MOST_MESSAGE_BYTES = 1024;

function volumeErrorErrors(error: unknown, path: string): readonly FieldError[] {
  if (!isObject(error)) return [];
  const code = asNumber(error['errorCode']) ?? 0;
  return [
    // The server names the other limit here.
    ...(Buffer.byteLength(asText(error['message'])) > MOST_MESSAGE_BYTES
      ? [tooLong(`${path}.message`, MOST_METADATA_BYTES)]
      : []),
    ...(code < 0 ? [invalidValue(`${path}.errorCode`, code, 'must be between 0 and 2147483647, inclusive')] : []),
  ];
}

function attachmentStatusErrors(object: Draft): readonly FieldError[] {
  const status = asObject(object['status']) ?? {};
  const metadata = Object.entries(asObject(status['attachmentMetadata']) ?? {}).flat();
  return [
    ...(Buffer.byteLength(metadata.map(asText).join('')) > MOST_METADATA_BYTES
      ? [tooLong('status.attachmentMetadata', MOST_METADATA_BYTES)]
      : []),
    ...volumeErrorErrors(status['attachError'], 'status.attachError'),
    ...volumeErrorErrors(status['detachError'], 'status.detachError'),
  ];
}

function sourceErrors(source: Draft): readonly FieldError[] {
  const [volume, inline, field] = [source['persistentVolumeName'], source['inlineVolumeSpec'], 'spec.source'];
  const exactly = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (volume === undefined && inline === undefined) return [required(field, exactly)];
  if (volume !== undefined && inline !== undefined) return [forbiddenField(field, exactly)];
  return volume === ''
    ? [required(`${field}.persistentVolumeName`, 'must specify non empty persistentVolumeName')]
    : [];
}

function attachmentErrors(object: Draft): readonly FieldError[] {
  const spec = specOf(object);
  const source = asObject(spec['source']) ?? {};
  const volume = source['persistentVolumeName'];
  return [
    ...driverNameErrors(asText(spec['attacher']), 'spec.attacher'),
    ...sourceErrors(source),
    ...textErrors(asText(spec['nodeName']), 'spec.nodeName', dnsSubdomainProblems),
    ...attachmentStatusErrors(object),
    ...(typeof volume === 'string' ? textErrors(volume, 'spec.source.persistentVolumeName', dnsSubdomainProblems) : []),
  ];
}

const specFixed = (object: Draft, old: Shown): readonly FieldError[] =>
  equalJson(object['spec'], old['spec'])
    ? []
    : [invalidValue('spec', internalForm('storage/v1.VolumeAttachmentSpec', specOf(object)), IMMUTABLE)];

export const VOLUME_ATTACHMENT: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  prepareForCreate: (draft) => {
    draft['status'] = { attached: false };
  },
  validate: attachmentErrors,
  validateUpdate: specFixed,
  validateStatusUpdate: (object, old) => [...attachmentErrors(object), ...specFixed(object, old)],
};

export const VOLUME_ATTRIBUTES_CLASS: Strategy = {
  deleteAnswersObject: true,
  updateReplacesValidate: true,
  validate: attributesErrors,
  validateUpdate: (object, old) => [
    ...['driverName', 'parameters'].flatMap((name) =>
      equalJson(object[name], old[name]) ? [] : [forbiddenField(name, `updates to ${name} are forbidden.`)],
    ),
    ...attributesErrors(object),
  ],
};

function attributesErrors(object: Draft): readonly FieldError[] {
  const parameters = asObject(object['parameters']) ?? {};
  return [
    ...provisionerErrors(asText(object['driverName']), 'driverName'),
    ...parameterErrors(parameters, 'parameters'),
    ...(Object.keys(parameters).length === 0
      ? [required('parameters', 'must contain at least one key/value pair')]
      : []),
  ];
}

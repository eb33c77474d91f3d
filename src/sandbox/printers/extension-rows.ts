/** Rows of the kinds that extend or configure the server itself, its networks and its storage. */
import { asList, asNumber, asText, at, type Draft, isObject, objectsOf } from '../machinery/json.ts';
import {
  conditionOf,
  count,
  createdAge,
  isConditionTrue,
  nameOf,
  NONE,
  orNone,
  type RowPrinter,
  selectorText,
  text,
  UNKNOWN,
  UNSET,
} from './cell-texts.ts';
import { humanDuration } from './human-duration.ts';

const certificateRequest: RowPrinter = (object, now) => {
  const seconds = asNumber(at(object, 'spec', 'expirationSeconds'));
  const words = [
    conditionOf(object, 'Denied') ? 'Denied' : conditionOf(object, 'Approved') ? 'Approved' : 'Pending',
    ...(conditionOf(object, 'Failed') ? ['Failed'] : []),
    ...(text(object, 'status', 'certificate') === '' ? [] : ['Issued']),
  ];
  return [
    nameOf(object),
    createdAge(object, now),
    orNone(text(object, 'spec', 'signerName')),
    text(object, 'spec', 'username'),
    seconds === undefined ? NONE : humanDuration(seconds * 1000),
    words.join(','),
  ];
};

const attachment: RowPrinter = (object, now) => [
  nameOf(object),
  text(object, 'spec', 'attacher'),
  text(object, 'spec', 'source', 'persistentVolumeName'),
  text(object, 'spec', 'nodeName'),
  at(object, 'status', 'attached') === true,
  createdAge(object, now),
];

const driver: RowPrinter = (object, now) => {
  const spec = at(object, 'spec');
  const audiences = objectsOf(at(spec, 'tokenRequests')).map((request) => asText(request['audience']));
  return [
    nameOf(object),
    at(spec, 'attachRequired') !== false,
    at(spec, 'podInfoOnMount') === true,
    at(spec, 'storageCapacity') === true,
    at(spec, 'tokenRequests') === undefined ? UNSET : audiences.join(','),
    at(spec, 'requiresRepublish') === true,
    orNone(asList(at(spec, 'volumeLifecycleModes')).map(asText).join(',')),
    createdAge(object, now),
  ];
};

const policy =
  (rules: string): RowPrinter =>
  (object, now) => {
    const kind = at(object, 'spec', 'paramKind');
    const named = isObject(kind) ? `${text(kind, 'apiVersion')}/${text(kind, 'kind')}` : UNSET;
    return [nameOf(object), objectsOf(at(object, 'spec', rules)).length, named, createdAge(object, now)];
  };

function parameterText(reference: unknown): string {
  if (!isObject(reference)) return UNSET;
  const [name, namespace] = [text(reference, 'name'), text(reference, 'namespace')];
  if (name === '') return isObject(reference['selector']) ? selectorText(reference['selector']) : UNSET;
  return namespace === '' ? name : `${namespace}/${name}`;
}

const policyBinding: RowPrinter = (object, now) => [
  nameOf(object),
  text(object, 'spec', 'policyName'),
  parameterText(at(object, 'spec', 'paramRef')),
  createdAge(object, now),
];

const flowSchema: RowPrinter = (object, now) => [
  nameOf(object),
  text(object, 'spec', 'priorityLevelConfiguration', 'name'),
  count(object, 'spec', 'matchingPrecedence'),
  orNone(text(object, 'spec', 'distinguisherMethod', 'type')),
  createdAge(object, now),
  asText(conditionOf(object, 'Dangling')?.['status']) || '?',
];

const priorityLevel: RowPrinter = (object, now) => {
  const limited = at(object, 'spec', 'limited');
  const queuing = at(limited, 'limitResponse', 'queuing');
  const number = (value: unknown): string | number => asNumber(value) ?? NONE;
  return [
    nameOf(object),
    text(object, 'spec', 'type'),
    number(at(limited, 'nominalConcurrencyShares') ?? at(object, 'spec', 'exempt', 'nominalConcurrencyShares')),
    number(at(queuing, 'queues')),
    number(at(queuing, 'handSize')),
    number(at(queuing, 'queueLengthLimit')),
    createdAge(object, now),
  ];
};

function claimState(claim: Draft): string {
  const states = [
    ...(at(claim, 'metadata', 'deletionTimestamp') === undefined ? [] : ['deleted']),
    ...(at(claim, 'status', 'allocation') === undefined ? ['pending'] : ['allocated']),
    ...(asList(at(claim, 'status', 'reservedFor')).length > 0 ? ['reserved'] : []),
  ];
  return states.join(',');
}

function parentText(parent: unknown): string {
  if (!isObject(parent)) return NONE;
  const [group, namespace] = [text(parent, 'group'), text(parent, 'namespace')];
  const resource = group === '' ? text(parent, 'resource') : `${text(parent, 'resource')}.${group}`;
  return [resource, ...(namespace === '' ? [] : [namespace]), text(parent, 'name')].join('/');
}

const apiService: RowPrinter = (object, now) => {
  const service = at(object, 'spec', 'service');
  const available = conditionOf(object, 'Available');
  const reason = asText(available?.['reason']);
  return [
    nameOf(object),
    isObject(service) ? `${text(service, 'namespace')}/${text(service, 'name')}` : 'Local',
    available === undefined
      ? 'Unknown'
      : isConditionTrue(object, 'Available')
        ? 'True'
        : `${asText(available['status'])} (${reason})`,
    createdAge(object, now),
  ];
};

const aged: RowPrinter = (object, now) => [nameOf(object), createdAge(object, now)];

export const EXTENSION_ROWS: Readonly<Record<string, RowPrinter>> = {
  componentstatuses: (object) => {
    const healthy = objectsOf(object['conditions']).find((condition) => condition['type'] === 'Healthy');
    const status = healthy === undefined ? UNKNOWN : healthy['status'] === 'True' ? 'Healthy' : 'Unhealthy';
    return [nameOf(object), status, asText(healthy?.['message']), asText(healthy?.['error'])];
  },
  'certificatesigningrequests.certificates.k8s.io': certificateRequest,
  'volumeattachments.storage.k8s.io': attachment,
  'csinodes.storage.k8s.io': (object, now) => [
    nameOf(object),
    objectsOf(at(object, 'spec', 'drivers')).length,
    createdAge(object, now),
  ],
  'csidrivers.storage.k8s.io': driver,
  'volumeattributesclasses.storage.k8s.io': (object, now) => [
    nameOf(object),
    text(object, 'driverName'),
    createdAge(object, now),
  ],
  'validatingadmissionpolicies.admissionregistration.k8s.io': policy('validations'),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': policyBinding,
  'mutatingadmissionpolicies.admissionregistration.k8s.io': policy('mutations'),
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': policyBinding,
  'flowschemas.flowcontrol.apiserver.k8s.io': flowSchema,
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': priorityLevel,
  'deviceclasses.resource.k8s.io': aged,
  'resourceclaimtemplates.resource.k8s.io': aged,
  'resourceclaims.resource.k8s.io': (object, now) => [nameOf(object), claimState(object), createdAge(object, now)],
  'resourceslices.resource.k8s.io': (object, now) => [
    nameOf(object),
    text(object, 'spec', 'nodeName') || UNSET,
    text(object, 'spec', 'driver'),
    text(object, 'spec', 'pool', 'name'),
    createdAge(object, now),
  ],
  'servicecidrs.networking.k8s.io': (object, now) => [
    nameOf(object),
    asList(at(object, 'spec', 'cidrs'))
      .map(asText)
      .join(','),
    createdAge(object, now),
  ],
  // The server writes an age, though it names no column for it.
  'ipaddresses.networking.k8s.io': (object, now) => [
    nameOf(object),
    parentText(at(object, 'spec', 'parentRef')),
    createdAge(object, now),
  ],
  'apiservices.apiregistration.k8s.io': apiService,
};

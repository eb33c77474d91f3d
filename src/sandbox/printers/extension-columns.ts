/**
 * Columns of the kinds that extend or configure the server itself, its networks and its storage. The lines are as in
 * `columns.ts`.
 */

export const NAME = 'Name|string|@meta/v1.ObjectMeta.name|0|name';
export const AGE = 'Age|string|@meta/v1.ObjectMeta.creationTimestamp';

const policies = (counted: string): readonly string[] => [
  NAME,
  counted,
  'ParamKind|string|ParamKind specifies the kind of resources used to parameterize this policy',
  AGE,
];
/** Misspelt as the server has them. */
const bindings: readonly string[] = [
  NAME,
  'PolicyName|string|PolicyName indicates the policy definition which the policy binding binded to',
  'ParamRef|string|ParamRef indicates the param resource which sets the configuration param',
  AGE,
];
const REQUEST = 'certificates/v1beta1.CertificateSigningRequestSpec';
const QUEUING = 'flowcontrol/v1.QueuingConfiguration';

export const EXTENSION_LINES: Readonly<Record<string, readonly string[]>> = {
  componentstatuses: [
    NAME,
    'Status|string|Status of the component conditions',
    'Message|string|Message of the component conditions',
    'Error|string|Error of the component conditions',
  ],
  'certificatesigningrequests.certificates.k8s.io': [
    NAME,
    AGE,
    `SignerName|string|@${REQUEST}.signerName`,
    `Requestor|string|@${REQUEST}.request`,
    `RequestedDuration|string|@${REQUEST}.expirationSeconds`,
    'Condition|string|@certificates/v1beta1.CertificateSigningRequestStatus.conditions',
  ],
  'volumeattachments.storage.k8s.io': [
    NAME,
    'Attacher|string|@storage/v1.VolumeAttachmentSpec.attacher|0|name',
    'PV|string|@storage/v1.VolumeAttachmentSource.persistentVolumeName',
    'Node|string|@storage/v1.VolumeAttachmentSpec.nodeName',
    'Attached|boolean|@storage/v1.VolumeAttachmentStatus.attached',
    AGE,
  ],
  'csinodes.storage.k8s.io': [
    NAME,
    'Drivers|integer|Drivers indicates the number of CSI drivers registered on the node',
    AGE,
  ],
  'csidrivers.storage.k8s.io': [
    NAME,
    'AttachRequired|boolean|@storage/v1.CSIDriverSpec.attachRequired',
    'PodInfoOnMount|boolean|@storage/v1.CSIDriverSpec.podInfoOnMount',
    'StorageCapacity|boolean|@storage/v1.CSIDriverSpec.storageCapacity',
    'TokenRequests|string|@storage/v1.CSIDriverSpec.tokenRequests',
    'RequiresRepublish|boolean|@storage/v1.CSIDriverSpec.requiresRepublish',
    'Modes|string|@storage/v1.CSIDriverSpec.volumeLifecycleModes',
    AGE,
  ],
  'volumeattributesclasses.storage.k8s.io': [
    NAME,
    'DriverName|string|@storage/v1.VolumeAttributesClass.driverName',
    AGE,
  ],
  'validatingadmissionpolicies.admissionregistration.k8s.io': policies(
    'Validations|integer|Validations indicates the number of validation rules defined in this configuration',
  ),
  'validatingadmissionpolicybindings.admissionregistration.k8s.io': bindings,
  'mutatingadmissionpolicies.admissionregistration.k8s.io': policies(
    'Mutations|integer|Mutation indicates the number of mutations rules defined in this configuration',
  ),
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io': bindings,
  'flowschemas.flowcontrol.apiserver.k8s.io': [
    NAME,
    'PriorityLevel|string|@flowcontrol/v1.PriorityLevelConfigurationReference.name',
    'MatchingPrecedence|string|@flowcontrol/v1.FlowSchemaSpec.matchingPrecedence',
    'DistinguisherMethod|string|@flowcontrol/v1.FlowSchemaSpec.distinguisherMethod',
    AGE,
    'MissingPL|string|references a broken or non-existent PriorityLevelConfiguration',
  ],
  'prioritylevelconfigurations.flowcontrol.apiserver.k8s.io': [
    NAME,
    'Type|string|@flowcontrol/v1.PriorityLevelConfigurationSpec.type',
    'NominalConcurrencyShares|string|@flowcontrol/v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares',
    `Queues|string|@${QUEUING}.queues`,
    `HandSize|string|@${QUEUING}.handSize`,
    `QueueLengthLimit|string|@${QUEUING}.queueLengthLimit`,
    AGE,
  ],
  'deviceclasses.resource.k8s.io': [NAME, AGE],
  'resourceclaimtemplates.resource.k8s.io': [NAME, AGE],
  'resourceclaims.resource.k8s.io': [
    NAME,
    'State|string|A summary of the current state (allocated, pending, reserved, etc.).',
    AGE,
  ],
  'resourceslices.resource.k8s.io': [
    NAME,
    'Node|string|@resource/v1.ResourceSliceSpec.nodeName',
    'Driver|string|@resource/v1.ResourceSliceSpec.driver',
    'Pool|string|@resource/v1.ResourcePool.name',
    AGE,
  ],
  'servicecidrs.networking.k8s.io': [NAME, 'CIDRs|string|@networking/v1beta1.ServiceCIDRSpec.cidrs', AGE],
  'ipaddresses.networking.k8s.io': [NAME, 'ParentRef|string|@networking/v1beta1.IPAddressSpec.parentRef'],
  'apiservices.apiregistration.k8s.io': [
    NAME,
    'Service|string|The reference to the service that hosts this API endpoint.',
    'Available|string|Whether this service is available.',
    AGE,
  ],
};

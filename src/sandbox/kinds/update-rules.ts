/**
 * How a kind's registry treats updates where that is no matter of its fields: which metadata its status endpoint leaves
 * as it was, which fields an endpoint owns nothing of, whether a write may come without a version or create, and which
 * of the checks of metadata the kind repeats. After GetResetFields, PrepareForUpdate, AllowUnconditionalUpdate and
 * AllowCreateOnUpdate of k8s.io/kubernetes/pkg/registry/<group>/<kind>/strategy.go and the Validate…Update functions of
 * pkg/apis/<group>/validation.
 */
import type { Strategy } from '../machinery/registry.ts';

type Rules = Pick<
  Strategy,
  'statusKeeps' | 'resets' | 'updateNeedsVersion' | 'createOnUpdate' | 'metadataOnUpdate' | 'generation'
>;

/** What metav1.ResetObjectMetaForStatus puts back. */
export const ALL_METADATA = ['deletionTimestamp', 'labels', 'annotations', 'finalizers', 'ownerReferences'] as const;

const STATUS_ALONE: Rules = { statusKeeps: ALL_METADATA, resets: { status: [['spec'], ['metadata']] } };
const VERSIONED: Rules = { updateNeedsVersion: true };
const BOTH: Rules = { metadataOnUpdate: 'both' };
const WHOLE: Rules = { metadataOnUpdate: 'whole' };

const rbac = (resource: string): readonly [string, Rules] => [
  `${resource}.rbac.authorization.k8s.io`,
  { ...BOTH, createOnUpdate: true },
];
const registration = (resource: string): readonly [string, Rules] => [
  `${resource}.admissionregistration.k8s.io`,
  { ...WHOLE, ...VERSIONED, generation: true },
];

/** By `resource.group`. */
export const UPDATE_RULES: ReadonlyMap<string, Rules> = new Map([
  ...['configmaps', 'secrets', 'pods', 'persistentvolumeclaims', 'serviceaccounts', 'nodes'].map(
    (name) => [name, BOTH] as const,
  ),
  [
    'pods',
    {
      ...BOTH,
      statusKeeps: ['ownerReferences'],
      resets: { status: [['spec'], ['metadata', 'deletionTimestamp'], ['metadata', 'ownerReferences']] },
    },
  ],
  ['services', { ...BOTH, createOnUpdate: true }],
  ['endpoints', { ...BOTH, createOnUpdate: true }],
  ['limitranges', { ...WHOLE, createOnUpdate: true }],
  ['events', { createOnUpdate: true, metadataOnUpdate: 'none' }],
  ['events.events.k8s.io', { createOnUpdate: true }],
  ['persistentvolumes', WHOLE],
  ['deployments.apps', { statusKeeps: ['labels'], resets: { status: [['spec'], ['metadata', 'labels']] } }],
  ['statefulsets.apps', BOTH],
  ['controllerrevisions.apps', BOTH],
  ['jobs.batch', BOTH],
  ['ingressclasses.networking.k8s.io', BOTH],
  ['servicecidrs.networking.k8s.io', STATUS_ALONE],
  ['poddisruptionbudgets.policy', { ...VERSIONED, metadataOnUpdate: 'none' }],
  ['leases.coordination.k8s.io', { ...VERSIONED, createOnUpdate: true }],
  ['runtimeclasses.node.k8s.io', { ...VERSIONED, createOnUpdate: true }],
  ['endpointslices.discovery.k8s.io', WHOLE],
  ['csidrivers.storage.k8s.io', VERSIONED],
  ['csinodes.storage.k8s.io', { ...WHOLE, ...VERSIONED }],
  ['csistoragecapacities.storage.k8s.io', VERSIONED],
  ['volumeattachments.storage.k8s.io', { ...WHOLE, ...VERSIONED, ...STATUS_ALONE }],
  ['volumeattributesclasses.storage.k8s.io', BOTH],
  ['flowschemas.flowcontrol.apiserver.k8s.io', { ...WHOLE, ...STATUS_ALONE, generation: true }],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', { ...WHOLE, ...STATUS_ALONE, generation: true }],
  [
    'certificatesigningrequests.certificates.k8s.io',
    {
      resets: {
        '': [['spec'], ['status']],
        status: [['spec'], ['status', 'conditions']],
        approval: [['spec'], ['status', 'certificate']],
      },
    },
  ],
  ['resourceclaims.resource.k8s.io', { ...BOTH, ...STATUS_ALONE }],
  ['resourceclaimtemplates.resource.k8s.io', BOTH],
  ['deviceclasses.resource.k8s.io', BOTH],
  ['apiservices.apiregistration.k8s.io', { ...VERSIONED, ...STATUS_ALONE }],
  ['customresourcedefinitions.apiextensions.k8s.io', { ...VERSIONED, ...STATUS_ALONE }],
  ...['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'].map(rbac),
  ...[
    'mutatingadmissionpolicies',
    'mutatingadmissionpolicybindings',
    'mutatingwebhookconfigurations',
    'validatingadmissionpolicybindings',
    'validatingwebhookconfigurations',
  ].map(registration),
  [
    'validatingadmissionpolicies.admissionregistration.k8s.io',
    { ...WHOLE, ...VERSIONED, ...STATUS_ALONE, generation: true },
  ],
] satisfies readonly (readonly [string, Rules])[]);

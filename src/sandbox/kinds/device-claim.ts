/**
 * ResourceClaims and ResourceClaimTemplates: which devices a pod asks for, and which it got. After
 * k8s.io/kubernetes/pkg/apis/resource/{v1,validation} and pkg/registry/resource.
 */
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import type { Strategy, StrategyContext } from '../machinery/registry.ts';
import { internalForm } from '../schema/internal-form.ts';
import { claimStatusErrors, dropFreedDevices } from './device-claim-status.ts';
import { deviceClaimDefaults, deviceClaimErrors, tolerationDefaults } from './device-requests.ts';
import { templateMetadataErrors } from './template-metadata.ts';

const ADMIN_LABEL = 'resource.kubernetes.io/admin-access';

/** Devices that others use are for namespaces with a label. The first that asks for one is told. */
function adminErrors(
  object: Draft,
  { labelsOf }: StrategyContext,
  asks: readonly (readonly [asksFor: unknown, field: string])[],
): readonly FieldError[] {
  const field = asks.find(([adminAccess]) => adminAccess === true)?.[1];
  if (field === undefined || labelsOf(asText(at(object, 'metadata', 'namespace')))[ADMIN_LABEL] === 'true') return [];
  const detail = `admin access to devices requires the \`${ADMIN_LABEL}: true\` label on the containing namespace`;
  return [forbiddenField(`${field}.adminAccess`, detail)];
}

const requestsForAdmin = (devices: Draft) =>
  objectsOf(devices['requests']).map(
    (request, index) => [at(request, 'exactly', 'adminAccess'), `spec.devices.requests[${index}]`] as const,
  );
const resultsOf = (object: unknown): readonly Draft[] =>
  objectsOf(at(object, 'status', 'allocation', 'devices', 'results'));

function fixedSpec(object: Draft, old: Readonly<Record<string, unknown>>, struct: string): readonly FieldError[] {
  const spec = asObject(object['spec']) ?? {};
  return equalJson(spec, old['spec'])
    ? []
    : [invalidValue('spec', internalForm(`resource/v1.${struct}`, spec), 'field is immutable')];
}

export const RESOURCE_CLAIM: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  updateReplacesValidate: true,
  applyDefaults: (draft) => {
    deviceClaimDefaults(childOf(childOf(draft, 'spec'), 'devices'));
    childOf(draft, 'status');
    for (const result of resultsOf(draft)) tolerationDefaults(result['tolerations']);
  },
  prepareForCreate: (draft) => {
    draft['status'] = {};
  },
  prepareForStatusUpdate: dropFreedDevices,
  validate: (object, context) => {
    const devices = asObject(at(object, 'spec', 'devices')) ?? {};
    return [...adminErrors(object, context, requestsForAdmin(devices)), ...deviceClaimErrors(devices, 'spec.devices')];
  },
  validateUpdate: (object, old) => fixedSpec(object, old, 'ResourceClaimSpec'),
  validateStatusUpdate: (object, old, context) => {
    const granted = resultsOf(old).some(({ adminAccess }) => adminAccess === true);
    const asks = resultsOf(object).map(
      ({ adminAccess }, index) => [adminAccess, `status.allocation.devices.results[${index}]`] as const,
    );
    return [...(granted ? [] : adminErrors(object, context, asks)), ...claimStatusErrors(object, old)];
  },
};

export const RESOURCE_CLAIM_TEMPLATE: Strategy = {
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    const template = childOf(draft, 'spec');
    childOf(template, 'metadata');
    deviceClaimDefaults(childOf(childOf(template, 'spec'), 'devices'));
  },
  validateCreate: (object, context) =>
    adminErrors(object, context, requestsForAdmin(asObject(at(object, 'spec', 'spec', 'devices')) ?? {})),
  validate: (object) => [
    ...templateMetadataErrors(at(object, 'spec', 'metadata'), 'spec.metadata'),
    ...deviceClaimErrors(asObject(at(object, 'spec', 'spec', 'devices')) ?? {}, 'spec.spec.devices'),
  ],
  validateUpdate: (object, old) => fixedSpec(object, old, 'ResourceClaimTemplateSpec'),
};

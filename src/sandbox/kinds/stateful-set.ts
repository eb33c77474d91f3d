/** StatefulSets: what their spec may say, and what of it may change. */
import { internalForm } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue } from '../machinery/field-errors.ts';
import { asObject, asText, at, childOf, type Draft, equalJson, objectsOf } from '../machinery/json.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import { claimSpecErrors } from './storage.ts';
import { templateMetadataErrors } from './pod-spec.ts';
import { atLeastZero, atMostWhole, intOrPercent, oneOf, textErrors } from './field-checks.ts';
import { lastingErrors, selectorErrors, templateErrors } from './workload-checks.ts';

const PATH = 'spec.updateStrategy';

function strategyErrors(strategy: Draft): readonly FieldError[] {
  const { type } = strategy;
  const rolling = asObject(strategy['rollingUpdate']);
  if (type === 'OnDelete') {
    const shown = internalForm('apps/v1.RollingUpdateStatefulSetStrategy', rolling ?? {});
    return rolling
      ? [invalidValue(`${PATH}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")]
      : [];
  }
  if (type !== 'RollingUpdate') {
    const shown = internalForm('apps/v1.StatefulSetUpdateStrategy', strategy);
    return [invalidValue(PATH, shown, "must be 'RollingUpdate' or 'OnDelete'")];
  }
  const most = rolling?.['maxUnavailable'];
  const field = `${PATH}.rollingUpdate.maxUnavailable`;
  return [
    ...atLeastZero(rolling?.['partition'], `${PATH}.rollingUpdate.partition`),
    ...intOrPercent(most, field),
    ...(most === 0 || /^0+%$/.test(asText(most)) ? [invalidValue(field, most, 'cannot be 0')] : []),
    ...atMostWhole(most, field),
  ];
}

/** With the volumes that the claims will be. */
function templateWithClaims(spec: Draft): Draft {
  const template = asObject(spec['template']) ?? {};
  const named = objectsOf(spec['volumeClaimTemplates']).map((claim) => asText(at(claim, 'metadata', 'name')));
  // The last of several claims of one name counts.
  const claims = [...new Set(named)];
  const pod = asObject(template['spec']) ?? {};
  // A claim hides the template's own volume of that name.
  const own = objectsOf(pod['volumes']).filter((volume) => !claims.includes(asText(volume['name'])));
  const volumes = [...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...own];
  // The controller writes its own host name and subdomain over the template's.
  const { hostname: _, subdomain: __, ...others } = pod;
  return { ...template, spec: { ...others, ...(volumes.length > 0 ? { volumes } : {}) } };
}

/** What cannot change is checked of new ones alone. */
const claimTemplateErrors = (spec: Draft): readonly FieldError[] =>
  objectsOf(spec['volumeClaimTemplates']).flatMap((claim, index) =>
    claimSpecErrors(asObject(claim['spec']) ?? {}, `spec.volumeClaimTemplates[${index}].spec`),
  );

export function statefulSetErrors(object: Draft, write: 'create' | 'update'): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const policy = spec['podManagementPolicy'];
  const errors: FieldError[] = [];
  if (policy !== 'OrderedReady' && policy !== 'Parallel')
    errors.push(invalidValue('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'"));
  errors.push(...strategyErrors(asObject(spec['updateStrategy']) ?? {}));
  const retention = asObject(spec['persistentVolumeClaimRetentionPolicy']) ?? {};
  for (const when of ['whenDeleted', 'whenScaled'])
    errors.push(...oneOf(retention[when], `spec.persistentVolumeClaimRetentionPolicy.${when}`, ['Retain', 'Delete']));
  if (write === 'create') errors.push(...claimTemplateErrors(spec));
  for (const count of ['replicas', 'minReadySeconds']) errors.push(...atLeastZero(spec[count], `spec.${count}`));
  errors.push(...atLeastZero(at(spec, 'ordinals', 'start'), 'spec.ordinals.start'));
  const service = asText(spec['serviceName']);
  if (write === 'create' && service !== '') errors.push(...textErrors(service, 'spec.serviceName', dnsLabelProblems));
  const template = templateWithClaims(spec);
  return [
    ...errors,
    ...selectorErrors(spec, 'statefulset'),
    ...templateErrors(spec, template, ''),
    // The server looks at these twice.
    ...templateMetadataErrors(template, 'spec.template'),
    ...lastingErrors(template, 'StatefulSet'),
  ];
}

/**
 * The server's feature MaxUnavailableStatefulSet is off: the field goes, unless the object had it.
 * https://github.com/kubernetes/kubernetes/blob/v1.36.2/pkg/registry/apps/statefulset/strategy.go
 */
export function dropMaxUnavailable(spec: Draft, old?: unknown): void {
  const rolling = asObject(at(spec, 'updateStrategy', 'rollingUpdate'));
  if (at(old, 'spec', 'updateStrategy', 'rollingUpdate', 'maxUnavailable') === undefined)
    delete rolling?.['maxUnavailable'];
}

const CHANGEABLE = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function statefulSetFixed(spec: Draft, old: Draft): readonly FieldError[] {
  const fixed = (each: Draft) =>
    Object.fromEntries(Object.entries(each).filter(([name]) => !CHANGEABLE.includes(name)));
  if (equalJson(fixed(spec), fixed(old))) return [];
  const names = CHANGEABLE.map((name) => `'${name}'`);
  const list = `${names.slice(0, -1).join(', ')} and ${String(names.at(-1))}`;
  return [forbiddenField('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

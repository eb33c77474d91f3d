/** PersistentVolumeClaims. */
import { unifiedDiff } from '../machinery/unified-diff.ts';
import { internalText } from '../schema/internal-form.ts';
import { type FieldError, forbiddenField, invalidValue, required } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, childOf, type Draft, equalJson, setDefault, thaw } from '../machinery/json.ts';
import { dnsSubdomainProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { oneOf, textErrors } from './field-checks.ts';
import { labelSelectorErrors } from './label-selector.ts';
import { nanoOf } from './pod-resources.ts';
import { fractionWarnings } from './pod-warnings.ts';

const MODES = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

function claimErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const modes = asList(spec['accessModes']).map(asText);
  const errors: FieldError[] = [];
  if (modes.length === 0) errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  errors.push(...labelSelectorErrors(spec['selector'], 'spec.selector'));
  for (const mode of modes) errors.push(...oneOf(mode, 'spec.accessModes', MODES));
  if (modes.includes('ReadWriteOncePod') && modes.some((mode) => mode !== 'ReadWriteOncePod' && MODES.includes(mode)))
    errors.push(forbiddenField('spec.accessModes', 'may not use ReadWriteOncePod with other access modes'));
  const storage = at(spec, 'resources', 'requests', 'storage');
  if (storage === undefined) errors.push(required('spec.resources[storage]'));
  else if ((nanoOf(storage) ?? 0n) <= 0n)
    errors.push(invalidValue('spec.resources[storage]', storage, 'must be greater than zero'));
  for (const name of ['storageClassName', 'volumeAttributesClassName'])
    if (asText(spec[name]) !== '') errors.push(...textErrors(asText(spec[name]), `spec.${name}`, dnsSubdomainProblems));
  return [...errors, ...oneOf(spec['volumeMode'], 'spec.volumeMode', ['Block', 'Filesystem'])];
}

const SPEC = 'core/v1.PersistentVolumeClaimSpec';
const FIXED =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';
const storageOf = (spec: unknown): unknown => at(spec, 'resources', 'requests', 'storage');

/** What binding and growing may change is as before; what still differs is refused. */
function fixedErrors(object: Draft, old: Readonly<Record<string, unknown>>): readonly FieldError[] {
  const [spec, before]: readonly Draft[] = [thaw(asObject(object['spec']) ?? {}), thaw(asObject(old['spec']) ?? {})];
  if (!spec || !before) return [];
  const [size, sizeBefore] = [nanoOf(storageOf(spec)) ?? 0n, nanoOf(storageOf(before)) ?? 0n];
  if (asText(before['volumeName']) === '') before['volumeName'] = spec['volumeName'];
  if (before['storageClassName'] === undefined) delete spec['storageClassName'];
  if (at(object, 'status', 'phase') === 'Bound') {
    const requests = asObject(at(spec, 'resources', 'requests'));
    if (requests) requests['storage'] = storageOf(before);
    if (spec['volumeAttributesClassName'] !== undefined)
      spec['volumeAttributesClassName'] = before['volumeAttributesClassName'];
  }
  const errors: FieldError[] = [];
  if (!equalJson(spec, before))
    errors.push(
      forbiddenField('spec', `${FIXED}\n${unifiedDiff(internalText(SPEC, before), internalText(SPEC, spec))}`),
    );
  const had = nanoOf(at(old, 'status', 'capacity', 'storage')) ?? 0n;
  if (size < sizeBefore && size <= had)
    errors.push(forbiddenField('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  if (!equalJson(at(object, 'spec', 'volumeMode'), at(old, 'spec', 'volumeMode')))
    errors.push(invalidValue('volumeMode', at(object, 'spec', 'volumeMode'), 'field is immutable'));
  return errors;
}

export const CLAIM: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => {
    setDefault(childOf(draft, 'spec'), 'volumeMode', 'Filesystem');
    setDefault(childOf(draft, 'status'), 'phase', 'Pending');
  },
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
  },
  validate: claimErrors,
  warnings: (object) => {
    const annotation = 'volume.beta.kubernetes.io/storage-class';
    const old = at(object, 'metadata', 'annotations', annotation) !== undefined;
    const note = 'deprecated since v1.8; use "storageClassName" attribute instead';
    return [
      ...(old ? [`metadata.annotations[${annotation}]: ${note}`] : []),
      ...fractionWarnings(at(object, 'spec', 'resources'), ['storage'], 'spec.resources'),
    ];
  },
  validateUpdate: fixedErrors,
};

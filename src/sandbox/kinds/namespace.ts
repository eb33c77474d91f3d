/** Namespaces. */
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft } from '../machinery/json.ts';
import { metaOf } from '../machinery/metadata.ts';
import { dnsLabelProblems, qualifiedNameProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';
import { textErrors } from './field-checks.ts';

/** Only what is being deleted is terminating. */
function phaseErrors(object: Draft): readonly FieldError[] {
  const phase = asText(at(object, 'status', 'phase'));
  const going = metaOf(object)['deletionTimestamp'] !== undefined;
  if (!going && phase !== 'Active')
    return [invalidValue('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")];
  return going && phase !== 'Terminating'
    ? [invalidValue('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")]
    : [];
}

const STANDARD = ['kubernetes', 'orphan', 'foregroundDeletion'];

/** What has no domain is one that the cluster knows. */
const holdErrors = (object: Draft, path: (index: number) => string): readonly FieldError[] =>
  asList(at(object, 'spec', 'finalizers')).flatMap((value, index) => {
    const [name, field] = [asText(value), path(index)];
    return [
      ...textErrors(name, field, qualifiedNameProblems),
      ...(name.includes('/') || STANDARD.includes(name)
        ? []
        : [invalidValue(field, name, 'name is neither a standard finalizer name nor is it fully qualified')]),
    ];
  });

export const NAMESPACE: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  validateName: dnsLabelProblems,
  applyDefaults: (draft) => {
    const meta = metaOf(draft);
    const name = asText(meta['name']);
    if (name !== '') meta['labels'] = { ...asObject(meta['labels']), 'kubernetes.io/metadata.name': name };
  },
  prepareForCreate: (draft) => {
    const meta = metaOf(draft);
    meta['labels'] = { ...asObject(meta['labels']), 'kubernetes.io/metadata.name': asText(meta['name']) };
    const given = asList(at(draft, 'spec', 'finalizers'));
    draft['spec'] = { finalizers: given.includes('kubernetes') ? given : [...given, 'kubernetes'] };
    draft['status'] = { phase: 'Active' };
  },
  prepareForUpdate: (draft, old, { subresource }) => {
    if (subresource !== 'finalize' && old['spec'] !== undefined) draft['spec'] = old['spec'];
  },
  validate: (object) => holdErrors(object, () => 'spec.finalizers'),
  updateReplacesValidate: true,
  validateUpdate: (object, _old, { subresource }) =>
    subresource === 'finalize'
      ? holdErrors(object, (index) => `spec.finalizers[${index}]`)
      : holdErrors(object, () => 'spec.finalizers'),
  validateStatusUpdate: phaseErrors,
  selectableFields: {
    'status.phase': (object) => asText(at(object, 'status', 'phase')),
  },
};

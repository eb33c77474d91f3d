/** Namespaces. */
import { type FieldError, invalidValue } from '../machinery/field-errors.ts';
import { asList, asObject, asText, at, type Draft } from '../machinery/json.ts';
import { metaOf } from '../machinery/metadata.ts';
import { dnsLabelProblems } from '../../std/names.ts';
import type { Strategy } from '../machinery/registry.ts';

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
  validateStatusUpdate: phaseErrors,
  selectableFields: {
    'status.phase': (object) => asText(at(object, 'status', 'phase')),
  },
};

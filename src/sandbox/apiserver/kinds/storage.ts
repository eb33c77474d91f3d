/** PersistentVolumes and the claims on them. */
import { type FieldError, forbiddenField, required } from '../field-errors.ts';
import { asList, asText, at, childOf, type Draft, equalJson, isObject, setDefault, thaw } from '../json.ts';
import type { Strategy } from '../registry.ts';
import { setDefaults } from './defaults.ts';
import { resourceErrors } from './pod-spec.ts';

function claimErrors(object: Draft): readonly FieldError[] {
  const spec = childOf(object, 'spec');
  const errors: FieldError[] = [];
  if (asList(spec['accessModes']).length === 0) errors.push(required('spec.accessModes', 'at least 1 access mode is required'));
  if (asText(at(spec, 'resources', 'requests', 'storage')) === '') errors.push(required('spec.resources[storage]'));
  return [...errors, ...resourceErrors(spec['resources'], 'spec.resources')];
}

/** What binding and growing may change. */
function fixedPart(spec: unknown): unknown {
  const copy: unknown = thaw(spec);
  if (!isObject(copy)) return copy;
  for (const field of ['resources', 'volumeName', 'volumeAttributesClassName']) delete copy[field];
  return copy;
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
  validateUpdate: (object, old) =>
    equalJson(fixedPart(object['spec']), fixedPart(old['spec']))
      ? []
      : [
          forbiddenField(
            'spec',
            'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims',
          ),
        ],
};

export const VOLUME: Strategy = {
  statusSeparate: true,
  deleteAnswersObject: true,
  applyDefaults: (draft) => setDefaults(childOf(draft, 'spec'), { persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
  prepareForCreate: (draft) => {
    draft['status'] = { phase: 'Pending' };
  },
};

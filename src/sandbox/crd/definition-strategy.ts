/** The kind CustomResourceDefinition itself. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Instant } from '../../std/clock.ts';
import { toTimestamp } from '../../std/clock.ts';
import {
  asList,
  asObject,
  asText,
  at,
  childOf,
  type Draft,
  isObject,
  objectsOf,
  setDefault,
  thaw,
} from '../machinery/json.ts';
import type { Strategy } from '../machinery/registry.ts';
import { compiledSchema } from './compiled-schema.ts';
import type { ConditionState, ConditionType } from './condition-state.ts';
import { definitionErrors, definitionStatusErrors, definitionUpdateErrors } from './definition-validation.ts';

export const CLEANUP_FINALIZER = 'customresourcecleanup.apiextensions.k8s.io';

/** Sets a condition; its transition time moves only when its status does. */
export function setCondition(definition: Draft, state: ConditionState, now: Instant): void {
  const status = childOf(definition, 'status');
  const conditions = objectsOf(status['conditions']);
  const known = conditions.find((condition) => condition['type'] === state.type);
  const lastTransitionTime = known && known['status'] === state.status ? known['lastTransitionTime'] : toTimestamp(now);
  const next: Draft = {
    type: state.type,
    status: state.status,
    lastTransitionTime,
    reason: state.reason,
    message: state.message,
  };
  status['conditions'] = known
    ? conditions.map((condition) => (condition === known ? next : condition))
    : [...conditions, next];
}

export const conditionOf = (definition: unknown, type: ConditionType): Draft | undefined =>
  objectsOf(at(definition, 'status', 'conditions')).find((condition) => condition['type'] === type);
export const isTrue = (definition: unknown, type: ConditionType): boolean =>
  conditionOf(definition, type)?.['status'] === 'True';

/**
 * What DELETE does at once: instances go first, so the definition stays until they have. Undefined: it is being deleted
 * already.
 */
export function markForDeletion(definition: KubeObject, now: Instant): Draft | undefined {
  if (definition.metadata.deletionTimestamp !== undefined) return undefined;
  const draft: Draft = thaw({ ...definition });
  const metadata = childOf(draft, 'metadata');
  metadata['deletionTimestamp'] = toTimestamp(now);
  const finalizers = asList(metadata['finalizers']);
  if (!finalizers.includes(CLEANUP_FINALIZER)) metadata['finalizers'] = [...finalizers, CLEANUP_FINALIZER];
  const message = 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon';
  setCondition(draft, { type: 'Terminating', status: 'True', reason: 'InstanceDeletionPending', message }, now);
  return draft;
}

function applySpecDefaults(draft: Draft): void {
  const spec = asObject(draft['spec']);
  if (!spec) return;
  const names = asObject(spec['names']);
  const kind = asText(names?.['kind']);
  if (names && kind !== '') {
    if (asText(names['singular']) === '') names['singular'] = kind.toLowerCase();
    if (asText(names['listKind']) === '') names['listKind'] = `${kind}List`;
  }
  setDefault(spec, 'conversion', { strategy: 'None' });
  const conversion = asObject(spec['conversion']);
  const service = asObject(at(conversion, 'webhook', 'clientConfig', 'service'));
  if (service) setDefault(service, 'port', 443);
  if (spec['preserveUnknownFields'] === false) delete spec['preserveUnknownFields'];
}

const storageVersion = (draft: Draft): string | undefined => {
  const version = objectsOf(at(draft, 'spec', 'versions')).find((candidate) => candidate['storage'] === true);
  return version && asText(version['name']);
};

/** Versions that objects may be stored in: once one was the storage version it stays listed. */
function noteStorageVersion(draft: Draft): void {
  const status = childOf(draft, 'status');
  const stored = asList(status['storedVersions']);
  const version = storageVersion(draft);
  if (version !== undefined && !stored.includes(version)) status['storedVersions'] = [...stored, version];
}

const schemaWarnings = (definition: unknown): readonly string[] =>
  objectsOf(at(definition, 'spec', 'versions')).flatMap(
    (version) => compiledSchema(at(version, 'schema', 'openAPIV3Schema'))?.warnings ?? [],
  );

export const DEFINITION_STRATEGY: Strategy = {
  applyDefaults: applySpecDefaults,
  prepareForCreate: (draft) => {
    draft['status'] = { conditions: null, acceptedNames: { plural: '', kind: '' } };
    noteStorageVersion(draft);
  },
  prepareForUpdate: (draft, old) => {
    draft['status'] = isObject(old['status']) ? thaw(old['status']) : {};
    noteStorageVersion(draft);
  },
  validate: definitionErrors,
  validateUpdate: definitionUpdateErrors,
  updateReplacesValidate: true,
  validateStatusUpdate: definitionStatusErrors,
  warnings: (object, old) => {
    const before = old ? schemaWarnings(old) : [];
    return schemaWarnings(object).filter((warning) => !before.includes(warning));
  },
  generation: true,
  statusSeparate: true,
  deleteAnswersObject: true,
};

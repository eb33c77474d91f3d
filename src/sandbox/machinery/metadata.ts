/**
 * metadata: what clients may say about it, and what the server owns. After
 * k8s.io/apimachinery/pkg/api/validation/objectmeta.go.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { type FieldError, forbiddenField, invalidValue, required } from './field-errors.ts';
import { asList, asObject, asText, type Draft, isObject } from './json.ts';
import {
  dnsLabelProblems,
  dnsSubdomainProblems,
  labelValueProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from '../../std/names.ts';
import type { ResourceType } from './registry.ts';

/** Sum of the keys' and values' bytes: etcd objects stay small. */
const MAX_ANNOTATION_BYTES = 256 * 1024;

export const metaOf = (object: Draft): Draft => {
  const meta = object['metadata'];
  if (isObject(meta)) return meta;
  const made: Draft = {};
  object['metadata'] = made;
  return made;
};

/** Finalizers that stand without a prefix. */
const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion']);

/** What a kind's own validation says of the metadata of a new object. */
export const metadataErrors = (object: Draft, type: ResourceType): readonly FieldError[] => [
  ...metadataFieldErrors(metaOf(object), {
    nameProblems: type.strategy.validateName ?? dnsSubdomainProblems,
    namespaced: type.namespaced,
  }),
  ...(isPlain(type) ? [] : finalizerNameErrors(metaOf(object))),
];

/** Kinds of the servers that know nothing of Kubernetes' own finalizers. */
const isPlain = (type: ResourceType): boolean =>
  type.custom !== undefined || type.group === 'apiextensions.k8s.io' || type.group === 'apiregistration.k8s.io';

interface MetadataRules {
  readonly nameProblems: (name: string) => readonly string[];
  readonly namespaced: boolean;
}

/** What a new object's metadata has wrong, whatever object it is of. */
export function metadataFieldErrors(
  meta: Draft,
  { nameProblems: problemsOf, namespaced }: MetadataRules,
): readonly FieldError[] {
  const errors: FieldError[] = [];
  const generateName = asText(meta['generateName']);
  if (generateName !== '') {
    // A trailing dash is what generateName is for: it is checked as if a character followed.
    const masked = generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName;
    errors.push(...problemsOf(masked).map((problem) => invalidValue('metadata.generateName', generateName, problem)));
  }
  const name = asText(meta['name']);
  if (name === '') errors.push(required('metadata.name', 'name or generateName is required'));
  else errors.push(...problemsOf(name).map((problem) => invalidValue('metadata.name', name, problem)));
  const namespace = asText(meta['namespace']);
  if (namespaced) {
    if (namespace === '') errors.push(required('metadata.namespace'));
    else
      errors.push(
        ...dnsLabelProblems(namespace).map((problem) => invalidValue('metadata.namespace', namespace, problem)),
      );
  } else if (namespace !== '') {
    errors.push(forbiddenField('metadata.namespace', 'not allowed on this type'));
  }
  const generation = meta['generation'];
  if (typeof generation === 'number' && generation < 0)
    errors.push(invalidValue('metadata.generation', generation, 'must be greater than or equal to 0'));
  errors.push(...labelErrors(meta['labels'], 'metadata.labels'));
  errors.push(...annotationErrors(meta['annotations'], 'metadata.annotations'));
  errors.push(...ownerErrors(meta['ownerReferences']));
  errors.push(...finalizerErrors(asList(meta['finalizers']).map(asText)));
  return errors;
}

export function labelErrors(labels: unknown, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  const entries = Object.entries(asObject(labels) ?? {});
  for (const [key, value] of entries.sort(([a], [b]) => (a < b ? -1 : 1))) {
    errors.push(...qualifiedNameProblems(key).map((problem) => invalidValue(field, key, problem)));
    errors.push(...labelValueProblems(asText(value)).map((problem) => invalidValue(field, asText(value), problem)));
  }
  return errors;
}

export function annotationErrors(annotations: unknown, field: string): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(asObject(annotations) ?? {}).sort(([a], [b]) => (a < b ? -1 : 1))) {
    errors.push(...qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidValue(field, key, problem)));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(asText(value));
  }
  if (bytes > MAX_ANNOTATION_BYTES)
    errors.push({ type: 'FieldValueTooLong', field, detail: `may not be more than ${MAX_ANNOTATION_BYTES} bytes` });
  return errors;
}

function ownerErrors(owners: unknown): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const [index, owner] of asList(owners).entries()) {
    if (!isObject(owner)) continue;
    const field = 'metadata.ownerReferences';
    const [group = '', version = ''] = splitApiVersion(asText(owner['apiVersion']));
    if (version === '')
      errors.push(invalidValue(`${field}.apiVersion`, asText(owner['apiVersion']), 'version must not be empty'));
    if (asText(owner['kind']) === '') errors.push(invalidValue(`${field}.kind`, '', 'must not be empty'));
    if (asText(owner['name']) === '') errors.push(invalidValue(`${field}.name`, '', 'must not be empty'));
    if (asText(owner['uid']) === '') errors.push(invalidValue(`${field}.uid`, '', 'must not be empty'));
    if (group === '' && owner['kind'] === 'Event')
      errors.push(invalidValue(field, owner, '/v1, Kind=Event is disallowed from being an owner'));
    if (owner['controller'] === true) {
      const named = `${asText(owner['kind'])}/${asText(owner['name'])}`;
      if (controller !== undefined) {
        errors.push(
          invalidValue(
            field,
            owners,
            `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${named}`,
          ),
        );
      }
      controller ??= named;
    }
    if (index > 1_000) break; // an object of 3 MiB holds more, but a thousand messages say enough
  }
  return errors;
}

function finalizerErrors(finalizers: readonly string[]): readonly FieldError[] {
  const field = 'metadata.finalizers';
  const errors = finalizers.flatMap((finalizer) =>
    qualifiedNameProblems(finalizer).map((problem) => invalidValue(field, finalizer, problem)),
  );
  if (finalizers.includes('orphan') && finalizers.includes('foregroundDeletion'))
    errors.push(invalidValue(field, finalizers, 'finalizer orphan and foregroundDeletion cannot be both set'));
  return errors;
}

/** Without a domain before a slash only Kubernetes' own stand. */
function finalizerNameErrors(meta: Draft): readonly FieldError[] {
  return asList(meta['finalizers'])
    .map(asText)
    .flatMap((finalizer, index) => {
      if (finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)) return [];
      const detail = 'name is neither a standard finalizer name nor is it fully qualified';
      return [invalidValue(`metadata.finalizers[${index}]`, finalizer, detail)];
    });
}

/**
 * The server checks metadata of every update, then the kind does in its own way: what is wrong is told as often as it
 * is found. k8s.io/apiserver/pkg/registry/rest.BeforeUpdate.
 */
export function metadataUpdateErrors(
  object: Draft,
  old: KubeObject,
  { type, subresource = '' }: { readonly type: ResourceType; readonly subresource?: string },
): readonly FieldError[] {
  const meta = metaOf(object);
  const change = changeErrors(meta, { ...old.metadata });
  const whole = metadataFieldErrors(meta, { nameProblems: pathSegmentProblems, namespaced: type.namespaced });
  const common = [...whole, ...change];
  if (type.custom) return [...common, ...change];
  const names = isPlain(type) ? [] : finalizerNameErrors(meta);
  const own = type.strategy.metadataOnUpdate ?? 'change';
  if (own === 'none') return common;
  if (own === 'whole' && subresource === '') return [...common, ...whole, ...names];
  const repeated = [...common, ...change, ...names];
  return own === 'both' && subresource === '' ? [...repeated, ...whole, ...names] : repeated;
}

function changeErrors(meta: Draft, before: Draft): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (before['deletionTimestamp'] !== undefined) {
    const had = new Set(asList(before['finalizers']).map(asText));
    const added = asList(meta['finalizers'])
      .map(asText)
      .filter((finalizer) => !had.has(finalizer))
      .sort();
    if (added.length > 0) {
      const shown = `[]string{${added.map((finalizer) => JSON.stringify(finalizer)).join(', ')}}`;
      errors.push(
        forbiddenField(
          'metadata.finalizers',
          `no new finalizers can be added if the object is being deleted, found new finalizers ${shown}`,
        ),
      );
    }
  }
  if (asText(meta['resourceVersion']) === '')
    errors.push(invalidValue('metadata.resourceVersion', '', 'must be specified for an update'));
  const generation = meta['generation'];
  if (typeof generation === 'number' && generation < Number(before['generation'] ?? 0)) {
    errors.push(invalidValue('metadata.generation', generation, 'must not be decremented'));
  }
  for (const field of [
    'name',
    'namespace',
    'uid',
    'creationTimestamp',
    'deletionTimestamp',
    'deletionGracePeriodSeconds',
  ]) {
    if ((meta[field] ?? '') !== (before[field] ?? ''))
      errors.push(invalidValue(`metadata.${field}`, meta[field] ?? null, 'field is immutable'));
  }
  errors.push(...labelErrors(meta['labels'], 'metadata.labels'));
  errors.push(...annotationErrors(meta['annotations'], 'metadata.annotations'));
  errors.push(...ownerErrors(meta['ownerReferences']));
  return errors;
}

/** `apps/v1` → ['apps', 'v1'], `v1` → ['', 'v1']; undefined when it is neither. */
export function splitApiVersion(apiVersion: string): readonly [group: string, version: string] | readonly [] {
  const parts = apiVersion.split('/');
  if (parts.length === 1) return ['', parts[0] as string];
  if (parts.length === 2) return [parts[0] as string, parts[1] as string];
  return [];
}

/** Go leaves empty maps, lists and texts of metadata out; so do we, whatever a client sent. */
export function tidyMetadata(meta: Draft): void {
  for (const key of Object.keys(meta)) {
    const value = meta[key];
    const empty =
      value === null ||
      value === undefined ||
      value === '' ||
      (Array.isArray(value) && value.length === 0) ||
      (isObject(value) && Object.keys(value).length === 0) ||
      (key === 'generation' && value === 0);
    if (empty) delete meta[key];
  }
}

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
import { ofEach, together } from './together.ts';
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
export const metadataErrors = (object: Draft, type: ResourceType): readonly FieldError[] =>
  together(
    metadataFieldErrors(metaOf(object), {
      nameProblems: type.strategy.validateName ?? dnsSubdomainProblems,
      namespaced: type.namespaced,
    }),
    isPlain(type) ? [] : finalizerNameErrors(metaOf(object)),
  );

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
  parts = partErrors(meta),
): readonly FieldError[] {
  const { generation } = meta;
  const named = (field: string, value: string, problems: readonly string[]) =>
    ofEach(problems, (problem) => [invalidValue(field, value, problem)]);
  const generateName = asText(meta['generateName']);
  // A trailing dash is what generateName is for: it is checked as if a character followed.
  const masked = generateName.endsWith('-') ? `${generateName.slice(0, -2)}a` : generateName;
  const name = asText(meta['name']);
  return together(
    generateName === '' ? [] : named('metadata.generateName', generateName, problemsOf(masked)),
    name === ''
      ? [required('metadata.name', 'name or generateName is required')]
      : named('metadata.name', name, problemsOf(name)),
    namespaceErrors(asText(meta['namespace']), namespaced ? 'needed' : 'refused'),
    typeof generation === 'number' && generation < 0
      ? [invalidValue('metadata.generation', generation, 'must be greater than or equal to 0')]
      : [],
    parts,
    finalizerErrors(meta['finalizers']),
  );
}

/** What is looked at when an object is made, and of every change of it. */
const partErrors = (meta: Draft): readonly FieldError[] =>
  together(
    labelErrors(meta['labels'], 'metadata.labels'),
    annotationErrors(meta['annotations'], 'metadata.annotations'),
    ownerErrors(meta['ownerReferences']),
  );

function namespaceErrors(namespace: string, mode: 'needed' | 'refused'): readonly FieldError[] {
  const field = 'metadata.namespace';
  if (mode === 'refused') return namespace === '' ? [] : [forbiddenField(field, 'not allowed on this type')];
  if (namespace === '') return [required(field)];
  return ofEach(dnsLabelProblems(namespace), (problem) => [invalidValue(field, namespace, problem)]);
}

export function labelErrors(labels: unknown, field: string): readonly FieldError[] {
  if (!isObject(labels)) return [];
  return ofEach(Object.keys(labels).sort(), (key) => {
    const value = asText(labels[key]);
    return together(
      ofEach(qualifiedNameProblems(key), (problem) => [invalidValue(field, key, problem)]),
      ofEach(labelValueProblems(value), (problem) => [invalidValue(field, value, problem)]),
    );
  });
}

export function annotationErrors(annotations: unknown, field: string): readonly FieldError[] {
  if (!isObject(annotations)) return [];
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1))) {
    errors.push(...qualifiedNameProblems(key.toLowerCase()).map((problem) => invalidValue(field, key, problem)));
    bytes += Buffer.byteLength(key) + Buffer.byteLength(asText(value));
  }
  if (bytes > MAX_ANNOTATION_BYTES)
    errors.push({ type: 'FieldValueTooLong', field, detail: `may not be more than ${MAX_ANNOTATION_BYTES} bytes` });
  return errors;
}

function ownerErrors(owners: unknown): readonly FieldError[] {
  if (owners === undefined) return [];
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

function finalizerErrors(given: unknown): readonly FieldError[] {
  if (given === undefined) return [];
  const finalizers = asList(given).map(asText);
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
  if (meta['finalizers'] === undefined) return [];
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
  const parts = partErrors(meta);
  const change = changeErrors(meta, asObject(old.metadata) ?? {}, parts);
  const rules = { nameProblems: pathSegmentProblems, namespaced: type.namespaced };
  const whole = metadataFieldErrors(meta, rules, parts);
  const common = together(whole, change);
  if (type.custom) return together(common, change);
  const names = isPlain(type) ? [] : finalizerNameErrors(meta);
  const own = type.strategy.metadataOnUpdate ?? 'change';
  if (own === 'none') return common;
  if (own === 'whole' && subresource === '') return together(common, whole, names);
  const repeated = together(common, change, names);
  return own === 'both' && subresource === '' ? together(repeated, whole, names) : repeated;
}

function changeErrors(meta: Draft, before: Draft, parts: readonly FieldError[]): readonly FieldError[] {
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
  return together(errors, parts);
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

/**
 * Update, in the order in which k8s.io/apiserver's generic registry takes its steps. Patches are updates, too: the
 * change from the present object to the wanted one is theirs.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import { conflict, checkedKind, invalid, MODIFIED, notFound, rawServerError } from '../machinery/errors.ts';
import type { FieldError } from '../machinery/field-errors.ts';
import { asList, asObject, asText, deepFreeze, type Draft, equalJson, isObject, thaw } from '../machinery/json.ts';
import {
  type AdmissionAttributes,
  admit,
  type RequestTerms,
  collectionOf,
  committed,
  contextOf,
  type Machinery,
  type OwnForm,
  served,
  toStored,
  updateOptions,
  validateAdmission,
} from '../machinery/machinery.ts';
import { metadataUpdateErrors, metaOf, tidyMetadata } from '../machinery/metadata.ts';
import type { ResourceType, StrategyContext } from '../machinery/registry.ts';
import { settleLists } from '../schema/type-decoding.ts';
import { keyText } from '../machinery/store.ts';
import { together } from '../machinery/together.ts';
import { createObject } from './creates.ts';
import { checkSize, dropRepeatedOwners, matchNamespace, type Place, warn } from './write-steps.ts';

export interface UpdateRequest extends Place {
  readonly name: string;
  readonly subresource: string;
  /**
   * From the present object, as this version shows it, to what the client wants. May throw. Undefined `old`: it is not
   * there.
   */
  readonly change: (old: KubeObject | undefined) => Draft;
  /** The change is one of the status. The rest may be shared with the old object, where nothing is left to fill in. */
  readonly ofStatus?: true;
  /** An absent object is created, whatever the kind says (server-side apply). */
  readonly forceCreate?: true;
  /** Called before something is created by an update. */
  readonly onCreate?: () => void;
  /** Sets managedFields itself (server-side apply). */
  readonly tracked?: true;
  /** A patch has no preconditions: another uid is a change of an immutable field. */
  readonly patch?: true;
  /** What policies see of the object before and after: a subresource that is a kind of its own. */
  readonly form?: OwnForm;
}

export interface Written {
  readonly object: KubeObject;
  readonly created: boolean;
}

export function updateObject(machinery: Machinery, terms: RequestTerms, request: UpdateRequest): Written {
  const { type, namespace, name } = request;
  const collection = collectionOf(machinery, type);
  const key = keyText(type.namespaced ? namespace : '', name);
  const stored = collection.get(key);
  if (!stored) return createByUpdate(machinery, terms, request);
  const { session } = machinery;
  const old = served(type, stored, session);
  const object = request.change(old);
  const meta = metaOf(object);
  matchNamespace(meta, request);
  checkUid(request, asText(meta['uid']), old.metadata.uid ?? '');
  dropRepeatedOwners(meta, terms);
  const attributes: AdmissionAttributes = {
    operation: 'UPDATE',
    type,
    subresource: request.subresource,
    namespace,
    name,
    object,
    old,
    terms,
    options: updateOptions(terms),
    ...(request.form ? { form: request.form } : {}),
  };
  if (!request.ofStatus) type.strategy.applyDefaults?.(object);
  if (!request.tracked) {
    machinery.fields.track(object, old, {
      type,
      manager: terms.manager,
      now: machinery.clock.now(),
      subresource: request.subresource,
    });
  }
  admit(machinery, attributes);
  matchNamespace(meta, request);
  checkVersion(type, name, {
    given: asText(meta['resourceVersion']),
    present: old.metadata.resourceVersion ?? '',
    request,
  });
  const context: StrategyContext = { ...contextOf(machinery, type, terms), subresource: request.subresource };
  prepareUpdate(object, old, context);
  const errors = updateErrors(object, old, context);
  if (errors.length > 0) throw invalid(checkedKind(type), name, errors);
  warn(terms, type.strategy.warnings?.(object, old, context));
  validateAdmission(machinery, asSeen(attributes));
  settleLists(type, object);
  if (isSame(object, old)) return { object: old, created: false };
  const next = toStored(type, object, session);
  checkSize(type, next);
  const finished =
    old.metadata.deletionTimestamp !== undefined &&
    (old.metadata.deletionGracePeriodSeconds ?? 0) === 0 &&
    asList(meta['finalizers']).length === 0 &&
    !isHeldNamespace(type, object);
  if (terms.dryRun) return { object: served(type, deepFreeze(next), session), created: false };
  if (finished) {
    const last = served(type, deepFreeze(next), session);
    collection.delete(key, terms.by);
    return { object: last, created: false };
  }
  return { object: served(type, committed(machinery, { type, key, next }, terms), session), created: false };
}

/** A patch has no preconditions. */
function checkUid(request: UpdateRequest, wanted: string, found: string): void {
  if (wanted === '' || wanted === found || request.patch) return;
  throw conflict(request.type, request.name, storedOtherwise(request, { what: 'UID', wanted, found }));
}

/** As policies see it. */
function asSeen(attributes: AdmissionAttributes): AdmissionAttributes {
  const { object, old, form } = attributes;
  if (!form || !object || !old) return attributes;
  return { ...attributes, object: { ...form.show(object as unknown as KubeObject) }, old: form.show(old) };
}

/** As the storage layer words it: the key of the object in etcd and all. */
export const storedOtherwise = (
  { type, namespace, name }: Place & { readonly name: string },
  {
    what,
    wanted,
    found,
  }: { readonly what: 'UID' | 'ResourceVersion'; readonly wanted: string; readonly found: string },
): string => {
  const folder = type.custom ? `${type.group}/${type.resource}` : type.resource;
  const key = `/registry/${folder}/${type.namespaced ? `${namespace}/` : ''}${name}`;
  return `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what} in precondition: ${wanted}, ${what} in object meta: ${found}`;
};

/** A namespace goes only when its spec.finalizers are gone too. */
const isHeldNamespace = (type: ResourceType, object: Draft): boolean =>
  type.resource === 'namespaces' && type.group === '' && asList(asObject(object['spec'])?.['finalizers']).length > 0;

const withoutManaged = (meta: Draft): Draft => ({ ...meta, managedFields: undefined });

const isSame = (object: Draft, old: KubeObject): boolean =>
  equalJson(
    { ...object, metadata: withoutManaged(metaOf(object)) },
    { ...old, metadata: withoutManaged({ ...old.metadata }) },
  ) && sameManagers(metaOf(object), old);

/** Times of managedFields alone are no change. */
function sameManagers(meta: Draft, old: KubeObject): boolean {
  const untimed = (entries: unknown) =>
    asList(entries).map((entry) => (isObject(entry) ? { ...entry, time: undefined } : entry));
  return equalJson(untimed(meta['managedFields']), untimed(old.metadata.managedFields));
}

function createByUpdate(machinery: Machinery, terms: RequestTerms, request: UpdateRequest): Written {
  const { type, namespace, name } = request;
  if (request.subresource !== '' || !(type.strategy.createOnUpdate || request.forceCreate)) throw notFound(type, name);
  const object = request.change(undefined);
  request.onCreate?.();
  const meta = metaOf(object);
  if (asText(meta['uid']) !== '') {
    if (request.patch)
      throw conflict(
        type,
        name,
        `uid mismatch: the provided object specified uid ${asText(meta['uid'])}, and no existing object was found`,
      );
    throw conflict(
      type,
      name,
      `Precondition failed: UID in precondition: ${asText(meta['uid'])}, UID in object meta: `,
    );
  }
  // A version names a state that was never there.
  const version = asText(meta['resourceVersion']);
  if (version !== '' && version !== '0' && !request.patch) throw notFound(type, name);
  delete meta['resourceVersion'];
  return {
    // The URL of a namespace names a namespace, which is not where it is stored.
    object: createObject(machinery, terms, {
      type,
      namespace: type.namespaced ? namespace : '',
      object,
      pathName: name,
      ...(request.tracked ? { tracked: true } : {}),
    }),
    created: true,
  };
}

function checkVersion(
  type: ResourceType,
  name: string,
  version: { given: string; present: string; request: UpdateRequest },
): void {
  const { given, present } = version;
  if (given !== '' && !/^\d+$/.test(given))
    throw rawServerError(`strconv.ParseUint: parsing ${JSON.stringify(given)}: invalid syntax`);
  if (given === '' || given === '0') {
    if (type.strategy.updateNeedsVersion) {
      throw invalid({ group: type.group, kind: type.resource }, name, [
        {
          type: 'FieldValueInvalid',
          field: 'metadata.resourceVersion',
          badValue: 0,
          detail: 'must be specified for an update',
        },
      ]);
    }
    return;
  }
  if (given !== present) throw conflict(type, name, MODIFIED);
}

/** What an update may not touch is put back as it was. */
function prepareUpdate(object: Draft, old: KubeObject, context: StrategyContext): void {
  const { type, subresource = '' } = context;
  if (type.strategy.statusSeparate && subresource === 'status') keepAllButStatus(object, old, type);
  const meta = metaOf(object);
  const before: Draft = { ...old.metadata };
  const keep = (field: string) => {
    if (before[field] !== undefined) meta[field] = before[field];
    else if (meta[field] !== undefined) delete meta[field];
  };
  keep('generation');
  if (type.strategy.statusSeparate) {
    // These write a part of the status: the strategy says which.
    if (subresource === 'binding' || subresource === 'approval') object['status'] ??= {};
    else if (subresource !== 'status' && old['status'] === undefined) delete object['status'];
    else if (subresource !== 'status') object['status'] = thaw(old['status']);
  }
  if (subresource === 'status') type.strategy.prepareForStatusUpdate?.(object, old, context);
  else type.strategy.prepareForUpdate?.(object, old, context);
  for (const field of ['creationTimestamp', 'generation']) keep(field);
  // A deletion can be neither undone nor changed by a write; claiming one is refused by validation.
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds']) if (before[field] !== undefined) keep(field);
  if (meta['selfLink'] !== undefined) delete meta['selfLink'];
  if (asText(meta['uid']) === '') keep('uid');
  meta['resourceVersion'] = before['resourceVersion'];
  tidyMetadata(meta);
  if (
    type.strategy.generation &&
    subresource !== 'status' &&
    subresource !== 'binding' &&
    specChanged(object, old, type)
  ) {
    meta['generation'] = Number(before['generation'] ?? 0) + 1;
  }
}

/**
 * A status write changes the status (and labels, annotations of builtin kinds), nothing else: the rest is shared with
 * the old object, unless the schema of a custom kind may still prune it.
 */
function keepAllButStatus(object: Draft, old: KubeObject, type: ResourceType): void {
  if (type.custom)
    object['metadata'] = {
      ...(thaw(old.metadata) as unknown as Draft),
      managedFields: metaOf(object)['managedFields'],
    };
  const meta = metaOf(object);
  for (const field of type.strategy.statusKeeps ?? []) {
    const before = asObject(old.metadata)?.[field];
    if (before === undefined) delete meta[field];
    else meta[field] = thaw(before);
  }
  const isKept = (field: string) => field !== 'metadata' && field !== 'status';
  for (const field of Object.keys(object)) if (isKept(field) && !Object.hasOwn(old, field)) delete object[field];
  for (const [field, value] of Object.entries(old))
    if (isKept(field)) object[field] = type.custom ? thaw(value) : value;
}

/** Whether anything but metadata and (where it has its own endpoint) status differs. */
function specChanged(object: Draft, old: KubeObject, type: ResourceType): boolean {
  const ignore =
    type.strategy.statusSeparate || !type.custom
      ? ['metadata', 'status', 'apiVersion', 'kind']
      : ['metadata', 'apiVersion', 'kind'];
  const { annotationsCount, labelsCount } = type.strategy;
  const meta = metaOf(object);
  if (annotationsCount && !equalJson(meta['annotations'] ?? {}, old.metadata.annotations ?? {})) return true;
  if (labelsCount && !equalJson(meta['labels'] ?? {}, old.metadata.labels ?? {})) return true;
  const fields = new Set([...Object.keys(object), ...Object.keys(old)].filter((field) => !ignore.includes(field)));
  return [...fields].some((field) => !equalJson(object[field], old[field]));
}

function updateErrors(object: Draft, old: KubeObject, context: StrategyContext): readonly FieldError[] {
  const { strategy } = context.type;
  const meta = metadataUpdateErrors(object, old, context);
  if (context.subresource === 'status')
    return together(meta, strategy.validateStatusUpdate?.(object, old, context) ?? []);
  const whole = strategy.updateReplacesValidate ? [] : (strategy.validate?.(object, context) ?? []);
  return together(meta, whole, strategy.validateUpdate?.(object, old, context) ?? []);
}

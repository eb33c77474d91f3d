/** Create, in the order in which k8s.io/apiserver's generic registry takes its steps. */
import type { KubeObject } from '../../shapes/kube.ts';
import { toTimestamp } from '../../std/clock.ts';
import { alreadyExists, checkedKind, forbidden, invalid, rawServerError, refuse } from '../machinery/errors.ts';
import type { FieldError } from '../machinery/field-errors.ts';
import { asText, deepFreeze, type Draft } from '../machinery/json.ts';
import {
  type AdmissionAttributes,
  admit,
  type RequestTerms,
  collectionOf,
  committed,
  contextOf,
  createOptions,
  type Machinery,
  served,
  toStored,
  validateAdmission,
} from '../machinery/machinery.ts';
import { metadataErrors, metaOf, tidyMetadata } from '../machinery/metadata.ts';
import type { ResourceType, StrategyContext } from '../machinery/registry.ts';
import { settleLists } from '../schema/type-decoding.ts';
import { keyText } from '../machinery/store.ts';
import { together } from '../machinery/together.ts';
import { checkSize, dropRepeatedOwners, matchNamespace, type Place, warn } from './write-steps.ts';

/** Longest prefix of a generated name, so that the whole stays a DNS label. */
const MAX_GENERATED_PREFIX = 63 - 5;

export function createObject(
  machinery: Machinery,
  terms: RequestTerms,
  request: Place & { readonly object: Draft; readonly pathName?: string; readonly tracked?: true },
): KubeObject {
  const { type, namespace, object } = request;
  const meta = metaOf(object);
  matchNamespace(meta, request);
  if (meta['resourceVersion'] !== undefined && asText(meta['resourceVersion']) === '') delete meta['resourceVersion'];
  dropRepeatedOwners(meta, terms);
  if (type.custom?.terminating)
    throw forbidden(
      type,
      request.pathName ?? asText(meta['name']),
      'create not allowed while custom resource definition is terminating',
    );
  const attributes: AdmissionAttributes = {
    operation: 'CREATE',
    type,
    subresource: '',
    namespace,
    name: request.pathName ?? asText(meta['name']),
    object,
    terms,
    options: createOptions(terms),
  };
  type.strategy.applyDefaults?.(object);
  // Owners are told before admission and the kind's preparation: what those fill in belongs to nobody.
  if (!request.tracked)
    machinery.fields.track(object, undefined, {
      type,
      manager: terms.manager,
      now: machinery.clock.now(),
      subresource: '',
    });
  admit(machinery, attributes);
  matchNamespace(meta, request);
  const context = contextOf(machinery, type, terms);
  type.strategy.applyDefaults?.(object);
  generateName(machinery, object, type);
  // Name and uid stand before the kind prepares itself: a Job's selector holds them.
  meta['uid'] = machinery.prng.uuid();
  type.strategy.prepareForCreate?.(object, context);
  takeOver(machinery, object, type);
  const name = asText(meta['name']);
  const errors = createErrors(object, context);
  if (errors.length > 0) throw invalid(checkedKind(type), name, errors);
  warn(terms, type.strategy.warnings?.(object, undefined, context));
  validateAdmission(machinery, { ...attributes, name });
  const collection = collectionOf(machinery, type);
  const key = keyText(namespace, name);
  const present = collection.get(key);
  if (present) throw present.metadata.deletionTimestamp ? beingDeleted(type, name) : alreadyExists(type, name);
  const { session } = machinery;
  settleLists(type, object);
  // What is read back from the store is filled in once more.
  if (!type.custom) type.strategy.applyDefaults?.(object);
  const stored = toStored(type, object, session);
  // What is only tried does not come to the storage, which refuses the rest.
  if (terms.dryRun) return served(type, deepFreeze(stored), session);
  if (meta['resourceVersion'] !== undefined)
    throw rawServerError('resourceVersion should not be set on objects to be created');
  checkSize(type, stored);
  return served(type, committed(machinery, { type, key, next: stored }, terms), session);
}

/** Of a kind that does not look at metadata itself, the metadata is looked at when all else is right. */
function createErrors(object: Draft, context: StrategyContext): readonly FieldError[] {
  const { type } = context;
  const { strategy } = type;
  const own = together(strategy.validate?.(object, context) ?? [], strategy.validateCreate?.(object, context) ?? []);
  if (strategy.metadataOnUpdate === 'none' && own.length > 0) return own;
  return together(metadataErrors(object, type), own);
}

const beingDeleted = (type: ResourceType, name: string) => {
  const plain = alreadyExists(type, name).status;
  return refuse({
    reason: 'AlreadyExists',
    message: `object is being deleted: ${plain.message}`,
    ...(plain.details ? { details: plain.details } : {}),
  });
};

function generateName(machinery: Machinery, object: Draft, type: ResourceType): void {
  const meta = metaOf(object);
  const prefix = asText(meta['generateName']);
  if (asText(meta['name']) === '' && prefix === '' && type.strategy.namesNameless) meta['name'] = machinery.prng.uuid();
  if (asText(meta['name']) === '' && prefix !== '') {
    const base = prefix.slice(0, MAX_GENERATED_PREFIX);
    const collection = collectionOf(machinery, type);
    const namespace = type.namespaced ? asText(meta['namespace']) : '';
    // Five characters of an alphabet of 27: eight tries fail only where millions of names are taken, as on the real
    // server.
    for (let tries = 0; tries < 8; tries++) {
      meta['name'] = base + machinery.prng.suffix(5);
      if (!collection.get(keyText(namespace, asText(meta['name'])))) break;
    }
  }
}

/** The server's own part of a new object's metadata. */
function takeOver(machinery: Machinery, object: Draft, type: ResourceType): void {
  const meta = metaOf(object);
  for (const field of ['deletionTimestamp', 'deletionGracePeriodSeconds', 'selfLink'])
    if (meta[field] !== undefined) delete meta[field];
  if (type.strategy.generation) meta['generation'] = 1;
  meta['creationTimestamp'] = toTimestamp(machinery.clock.now());
  tidyMetadata(meta);
}

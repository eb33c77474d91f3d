/** What every operation of the server works with, and what it knows about the request in hand. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { CommitRequest } from './commits.ts';
import type { UserInfo } from './identity.ts';
import { deepFreeze, type Draft, thaw } from './json.ts';
import { apiVersionOf, type Registry, type ResourceType, type StrategyContext } from './registry.ts';
import type { Collection, Store } from './store.ts';
import type { Session } from './session.ts';

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';
export type FieldValidation = 'Strict' | 'Warn' | 'Ignore';

/** The terms on which a request is served: for whom, and how. */
export interface RequestTerms {
  readonly user: UserInfo;
  readonly dryRun: 'All' | undefined;
  /** Who owns the fields that this request sets. */
  readonly manager: string;
  readonly validation: FieldValidation;
  /** Texts of Warning headers, in order; repeated ones are sent once. */
  readonly warnings: string[];
  /** Of CreateOptions, UpdateOptions and PatchOptions, as the request gave them. */
  readonly options?: Draft;
  /** For the log of commits; absent where a part of the cluster writes. */
  readonly by?: CommitRequest;
}

export interface AdmissionAttributes {
  readonly operation: Operation;
  readonly type: ResourceType;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  /** May be changed in place by `admit`. Absent for DELETE. */
  readonly object?: Draft;
  readonly old?: KubeObject;
  readonly terms: RequestTerms;
  /** CreateOptions and so on, as JSON. */
  readonly options: Draft;
  /** Where the subresource has a kind of its own (Scale), which is what webhooks and policies see. */
  readonly form?: OwnForm;
}

export interface OwnForm {
  readonly show: (object: KubeObject) => KubeObject;
  /** The object as that form wants it. */
  readonly apply: (object: KubeObject, form: Draft) => Draft;
}

/** A write is admitted once, and again where a webhook changed what others had seen before. */
export type AdmissionRound = 'first' | 'again';

/** Looks at a write, changes it (`admit`, before validation) or refuses it by throwing an ApiError. */
export interface AdmissionPlugin {
  /** `again`: all plugins shall look once more. That is heard in the first round. */
  readonly admit?: (attributes: AdmissionAttributes, machinery: Machinery, round: AdmissionRound) => 'again' | void;
  readonly validate?: (attributes: AdmissionAttributes, machinery: Machinery) => void;
}

/** Keeps metadata.managedFields. */
export interface FieldTracking {
  /** Sets `draft.metadata.managedFields` for an ordinary write. `old` is undefined on create. */
  track(
    draft: Draft,
    old: KubeObject | undefined,
    write: { type: ResourceType; manager: string; now: number; subresource: string },
  ): void;
}

export interface Machinery {
  readonly clock: Clock;
  readonly prng: Prng;
  readonly registry: Registry;
  readonly store: Store;
  readonly admission: readonly AdmissionPlugin[];
  readonly fields: FieldTracking;
  /** With it servers outside are asked; a write without it asks none. */
  readonly session?: Session;
}

export const collectionOf = (machinery: Machinery, type: ResourceType): Collection =>
  machinery.store.collection(type.storageKey);

/** The prefix of a namespace's keys; empty for all. */
export const prefixOf = (type: ResourceType, namespace: string): string =>
  type.namespaced && namespace !== '' ? `${namespace}/` : '';

export const contextOf = (machinery: Machinery, type: ResourceType, terms: RequestTerms): StrategyContext => ({
  type,
  user: terms.user,
  now: machinery.clock.now(),
  labelsOf: (namespace) => machinery.store.collection('namespaces').get(namespace)?.metadata.labels ?? {},
});

/**
 * A stored object as this type's version shows it. Where a webhook converts, who has no session sees it in the version
 * that it is stored in.
 */
export function served(type: ResourceType, stored: KubeObject, session?: Session): KubeObject {
  if (type.convert) return type.convert.fromStored(stored);
  const apiVersion = apiVersionOf(type);
  const shown = type.custom ? type.custom.read(stored) : stored;
  if (shown.apiVersion === apiVersion) return shown;
  const conversion = type.custom?.conversion;
  if (conversion === undefined) return { ...shown, apiVersion };
  return session === undefined ? shown : conversion.converted(shown, apiVersion, session);
}

/** The stored form: apiVersion and kind of the storage version. */
export function toStored(type: ResourceType, object: Draft, session?: Session): KubeObject {
  const stored = type.convert ? type.convert.toStored(object) : object;
  // Custom resources are kept in the version their definition stores; builtin versions without a conversion differ by
  // name alone.
  const [group = '', version = ''] = type.custom ? (type.storedAs ?? '').split('/') : [type.group, type.version];
  const apiVersion = apiVersionOf({ group, version });
  stored['kind'] = type.kind;
  const { custom } = type;
  if (custom && stored['apiVersion'] !== apiVersion && stored['apiVersion'] !== undefined) {
    if (custom.conversion && session) {
      const copy = deepFreeze(thaw(stored) as unknown as KubeObject);
      return custom.conversion.converted(copy, apiVersion, session);
    }
    if (!custom.conversion) custom.pruneStored(stored);
  }
  if (!type.convert) stored['apiVersion'] = apiVersion;
  return stored as unknown as KubeObject;
}

/** A copy of an object of one type in another that shares its storage. */
export function converted(
  object: Draft,
  { from, to }: { readonly from: ResourceType; readonly to: ResourceType },
  session?: Session,
): Draft {
  const copy = thaw(object);
  if (from === to) return copy;
  const conversion = from.custom?.conversion;
  if (conversion && session)
    return thaw({ ...conversion.converted(deepFreeze(copy as unknown as KubeObject), apiVersionOf(to), session) });
  return thaw({ ...served(to, toStored(from, copy)) });
}

/**
 * Writes a stored form and answers it as this version shows it. A webhook that has to be asked for that is asked before
 * anything is written.
 */
export function committed(
  machinery: Machinery,
  { type, key, next }: { readonly type: ResourceType; readonly key: string; readonly next: KubeObject },
  terms: RequestTerms,
): KubeObject {
  const { session } = machinery;
  const conversion = session && type.custom?.conversion;
  if (conversion) served(type, deepFreeze(next), session);
  const stored = collectionOf(machinery, type).put(key, next, terms.by);
  if (conversion) conversion.carryOver(served(type, next), served(type, stored));
  return stored;
}

export function admit(machinery: Machinery, attributes: AdmissionAttributes): void {
  let again = false;
  for (const plugin of machinery.admission)
    if (plugin.admit?.(attributes, machinery, 'first') === 'again') again = true;
  if (again) for (const plugin of machinery.admission) plugin.admit?.(attributes, machinery, 'again');
}

/**
 * Admits what is created at a subresource and not stored: an Eviction, a Binding. What is done for it then is admitted
 * no more, with the machinery that is returned.
 */
export function admitVirtual(machinery: Machinery, attributes: AdmissionAttributes): Machinery {
  admit(machinery, attributes);
  validateAdmission(machinery, attributes);
  return { ...machinery, admission: [] };
}

export const createOptions = ({ dryRun, options }: RequestTerms): Draft =>
  writeOptions('CreateOptions', dryRun, options);
export const updateOptions = ({ dryRun, options }: RequestTerms): Draft =>
  writeOptions('UpdateOptions', dryRun, options);

const writeOptions = (kind: string, dryRun: 'All' | undefined, given: Draft = {}): Draft => ({
  kind,
  apiVersion: 'meta.k8s.io/v1',
  ...(dryRun ? { dryRun: ['All'] } : {}),
  ...given,
});

export function validateAdmission(machinery: Machinery, attributes: AdmissionAttributes): void {
  for (const plugin of machinery.admission) plugin.validate?.(attributes, machinery);
}

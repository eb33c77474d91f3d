/** What every operation of the server works with, and what it knows about the request in hand. */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Clock } from '../../std/clock.ts';
import type { Prng } from '../../std/prng.ts';
import type { CommitRequest } from './commits.ts';
import type { UserInfo } from './identity.ts';
import type { Draft } from './json.ts';
import { apiVersionOf, type Registry, type ResourceType, type StrategyContext } from './registry.ts';
import type { Collection, Store } from './store.ts';

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
}

/** Looks at a write, changes it (`admit`, before validation) or refuses it by throwing an ApiError. */
export interface AdmissionPlugin {
  readonly admit?: (attributes: AdmissionAttributes, machinery: Machinery) => void;
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
});

/** A stored object as this type's version shows it. */
export function served(type: ResourceType, stored: KubeObject): KubeObject {
  if (type.convert) return type.convert.fromStored(stored);
  const apiVersion = apiVersionOf(type);
  const shown = type.custom ? type.custom.read(stored) : stored;
  return shown.apiVersion === apiVersion ? shown : { ...shown, apiVersion };
}

export function admit(machinery: Machinery, attributes: AdmissionAttributes): void {
  for (const plugin of machinery.admission) plugin.admit?.(attributes, machinery);
}

export function validateAdmission(machinery: Machinery, attributes: AdmissionAttributes): void {
  for (const plugin of machinery.admission) plugin.validate?.(attributes, machinery);
}

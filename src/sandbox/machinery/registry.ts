/**
 * What the server serves: one `ResourceType` per group, version and plural. The builtin ones come from a table, custom
 * ones from CRDs at run time.
 */
import type { KubeObject } from '../../shapes/kube.ts';
import type { Gvr } from './cluster.ts';
import type { FieldError } from './field-errors.ts';
import type { UserInfo } from './identity.ts';
import type { Draft } from './json.ts';
import type { Session } from './session.ts';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

/** As discovery shows it. */
export interface Subresource {
  /** `status`, `scale`, `log` … */
  readonly name: string;
  readonly kind: string;
  /** Where they differ from the parent's. */
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly Verb[];
}

/** What a hook may know besides the object. */
export interface StrategyContext {
  readonly type: ResourceType;
  readonly user: UserInfo;
  readonly now: number;
  /** Of a namespace. */
  readonly labelsOf: (namespace: string) => Readonly<Record<string, string>>;
  /** `status`, `scale`, `resize` … when the write goes through one. */
  readonly subresource?: string;
}

/**
 * What is special about a kind. The generic parts (metadata, uid, generation, resourceVersion, finalizers) are the
 * server's. Drafts may be changed in place; `old` is frozen.
 */
export interface Strategy {
  /**
   * Fills in what the decoder of this version fills in. Called on every decoded object, so that it must be idempotent.
   */
  readonly applyDefaults?: (draft: Draft) => void;
  /** After decoding and before validation of a create: clears what clients may not set. */
  readonly prepareForCreate?: (draft: Draft, context: StrategyContext) => void;
  /** Not called for the `status` endpoint. */
  readonly prepareForUpdate?: (draft: Draft, old: KubeObject, context: StrategyContext) => void;
  readonly prepareForStatusUpdate?: (draft: Draft, old: KubeObject, context: StrategyContext) => void;
  /** Of the whole object, metadata excepted. */
  readonly validate?: (object: Draft, context: StrategyContext) => readonly FieldError[];
  /** What holds of new objects alone; `validate` is called first. */
  readonly validateCreate?: (object: Draft, context: StrategyContext) => readonly FieldError[];
  /** What may not change; `validate` is called as well, unless `updateReplacesValidate`. */
  readonly validateUpdate?: (object: Draft, old: KubeObject, context: StrategyContext) => readonly FieldError[];
  readonly validateStatusUpdate?: (object: Draft, old: KubeObject, context: StrategyContext) => readonly FieldError[];
  /** Validation of an update is `validateUpdate` alone. */
  readonly updateReplacesValidate?: boolean;
  /** Texts of `Warning` headers for a create or update. */
  readonly warnings?: (object: Draft, old: KubeObject | undefined, context: StrategyContext) => readonly string[];
  /** Refuses a name (undefined: fine). Default: DNS subdomain. */
  readonly validateName?: (name: string) => readonly string[];
  /** An object that comes without a name gets one. */
  readonly namesNameless?: true;
  /** PUT to an absent name creates. */
  readonly createOnUpdate?: boolean;
  /** PUT without a resourceVersion is refused. */
  readonly updateNeedsVersion?: boolean;
  /** metadata.generation counts changes of what is neither metadata nor status. */
  readonly generation?: boolean;
  /** Changed annotations count for the generation too. */
  readonly annotationsCount?: boolean;
  /** Changed labels count, too. */
  readonly labelsCount?: boolean;
  /** Spec and status have separate endpoints: each ignores the other's half. */
  readonly statusSeparate?: boolean;
  /** Fields of metadata that a write through the status endpoint leaves as they were. */
  readonly statusKeeps?: readonly string[];
  /** By subresource: fields that a write through it cannot change, so that nobody comes to own them by it. */
  readonly resets?: Readonly<Record<string, readonly (readonly string[])[]>>;
  /**
   * Which checks of metadata the kind repeats after those of every update: of changes (the default), of the whole, both
   * of them or none.
   */
  readonly metadataOnUpdate?: 'change' | 'whole' | 'both' | 'none';
  /** Fields, besides metadata.name and metadata.namespace, that a field selector may name. */
  readonly selectableFields?: Readonly<Record<string, (object: KubeObject) => string>>;
  /** Seconds of grace before the object goes; undefined: it goes at once. */
  readonly gracePeriod?: (object: KubeObject, requested: number | undefined) => number | undefined;
  /** DELETE answers the object, not a Status. */
  readonly deleteAnswersObject?: boolean;
  /** Why one of that name is never deleted by itself; undefined: it may be. */
  readonly undeletable?: (name: string) => string | undefined;
  /** The finalizer policy when the request names none. */
  readonly orphanByDefault?: boolean;
  /** What is said where a request leaves that policy to the server. */
  readonly orphanWarning?: string;
}

export interface Computed {
  readonly get: (place: { readonly namespace: string; readonly name: string }) => KubeObject | undefined;
  /** Of one namespace, or of all when it is empty. */
  readonly list: (namespace: string) => readonly KubeObject[];
}

export interface ResourceType extends Gvr {
  readonly kind: string;
  readonly listKind: string;
  readonly singular: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly Verb[];
  readonly subresources: readonly Subresource[];
  /** Types with the same key share their objects (`events` of two groups, versions of one resource). */
  readonly storageKey: string;
  /**
   * `group/version/Kind` that objects are stored as; the seed of discovery's storageVersionHash. Absent: nothing is
   * stored.
   */
  readonly storedAs?: string;
  readonly strategy: Strategy;
  /** Nothing is stored: objects are made when they are asked for (metrics). */
  readonly computed?: Computed;
  /** Present for custom resources: decoding keeps unknown kinds of things apart from the builtin way. */
  readonly custom?: CustomType;
  /** Between this version and the stored one. Absent: they are the same but for apiVersion. */
  readonly convert?: {
    readonly toStored: (object: Draft) => Draft;
    readonly fromStored: (object: KubeObject) => KubeObject;
  };
}

/** What a CRD's version adds. Made by the CRD module; opaque to the rest. */
export interface CustomType {
  /** Deprecation warning of this version, when it has one. */
  readonly deprecationWarning?: string;
  /** `.spec.replicas` and so on, when the version has a scale subresource. */
  readonly scale?: {
    readonly specReplicasPath: string;
    readonly statusReplicasPath: string;
    readonly labelSelectorPath?: string;
  };
  readonly hasStatus: boolean;
  /** The CustomResourceDefinition's name. */
  readonly definition: string;
  /** Creation is refused: the definition is being deleted. */
  readonly terminating: boolean;
  /** The version's entry of spec.versions, frozen. */
  readonly version: Draft;
  /**
   * Removes what the version's schema does not know, in place; answers the paths of that, sorted. Metadata is left
   * alone.
   */
  readonly prune: (draft: Draft) => readonly string[];
  /** Sets the schema's defaults, in place, and leaves nulls without one. */
  readonly fill: (draft: Draft) => void;
  /** The whole resources that the version's schema says are inside, for their metadata to be read as such. */
  readonly embedded: (draft: Draft) => readonly EmbeddedResource[];
  /**
   * A stored object with the defaults of the version that it is stored in; in this version, too, where no webhook
   * converts. What it answers is frozen.
   */
  readonly read: (stored: KubeObject) => KubeObject;
  /** Removes, in place, what the schema of the stored version does not know. */
  readonly pruneStored: (draft: Draft) => void;
  /** A webhook's work between versions. Absent: they differ in their apiVersion alone. */
  readonly conversion?: VersionConversion;
}

/** Objects between the versions of a kind, by a webhook. Objects are told apart by identity and must be frozen. */
export interface VersionConversion {
  /** Frozen. Throws Suspended while the webhook has not answered, and the server's error where it failed. */
  readonly converted: (object: KubeObject, apiVersion: string, session: Session) => KubeObject;
  /** Asks about all of them at once. Throws Suspended. */
  readonly ask: (objects: readonly KubeObject[], apiVersion: string, session: Session) => void;
  /** `stored` is `object` with another resourceVersion: what is known of the one holds for the other. */
  readonly carryOver: (object: KubeObject, stored: KubeObject) => void;
}

export interface EmbeddedResource {
  readonly path: string;
  readonly resource: Draft;
}

export const gvrKey = (gvr: Gvr): string => `${gvr.group}/${gvr.version}/${gvr.resource}`;
/** Where a type that scales keeps its replicas: `['spec', 'replicas']`. */
export const scaleSpecPath = ({ custom }: Pick<ResourceType, 'custom'>): readonly string[] =>
  (custom?.scale?.specReplicasPath ?? '.spec.replicas').replace(/^\./, '').split('.');

export const apiVersionOf = (gv: { readonly group: string; readonly version: string }): string =>
  gv.group === '' ? gv.version : `${gv.group}/${gv.version}`;

export class Registry {
  readonly #types = new Map<string, ResourceType>();
  /** Group → versions in the order they were registered. */
  readonly #groups = new Map<string, string[]>();
  readonly #removed = new Map<string, Set<() => void>>();
  readonly #byKind = new Map<string, ResourceType>();

  constructor(types: readonly ResourceType[]) {
    for (const type of types) this.add(type);
  }

  add(type: ResourceType): void {
    this.#types.set(gvrKey(type), type);
    this.#byKind.set(`${type.group}/${type.version}/${type.kind}`, type);
    const versions = this.#groups.get(type.group) ?? [];
    if (!versions.includes(type.version)) versions.push(type.version);
    this.#groups.set(type.group, versions);
  }

  /** Calls once a type is served no more; returns the function that ends it. */
  onRemoved(gvr: Gvr, handler: () => void): () => void {
    const key = gvrKey(gvr);
    const handlers = this.#removed.get(key) ?? new Set();
    this.#removed.set(key, handlers.add(handler));
    return () => {
      handlers.delete(handler);
      if (handlers.size === 0) this.#removed.delete(key);
    };
  }

  remove(gvr: Gvr): void {
    const type = this.#types.get(gvrKey(gvr));
    if (!type) return;
    for (const handler of this.#removed.get(gvrKey(gvr)) ?? []) handler();
    this.#types.delete(gvrKey(gvr));
    this.#byKind.delete(`${type.group}/${type.version}/${type.kind}`);
    if (this.inVersion(type.group, type.version).length > 0) return;
    const versions = (this.#groups.get(type.group) ?? []).filter((version) => version !== type.version);
    if (versions.length === 0) this.#groups.delete(type.group);
    else this.#groups.set(type.group, versions);
  }

  find(gvr: Gvr): ResourceType | undefined {
    return this.#types.get(gvrKey(gvr));
  }

  findKind(group: string, version: string, kind: string): ResourceType | undefined {
    return this.#byKind.get(`${group}/${version}/${kind}`);
  }

  hasGroup(group: string): boolean {
    return this.#groups.has(group);
  }

  groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  versions(group: string): readonly string[] {
    return this.#groups.get(group) ?? [];
  }

  all(): Iterable<ResourceType> {
    return this.#types.values();
  }

  inVersion(group: string, version: string): readonly ResourceType[] {
    return [...this.#types.values()].filter((type) => type.group === group && type.version === version);
  }
}

/**
 * HealingPolicies: read, compiled once for each version of the spec, and their status written. Every lap asks here for
 * the compiled policy.
 */
import type { PolicyStatus } from '../api/policy-status.ts';
import type { HealingPolicy } from '../api/policy.ts';
import {
  BEING_DELETED,
  type CompiledPolicy,
  compilePolicy,
  type CompileRules,
  withoutPlace,
} from '../core/target/policy-problems.ts';
import { type Placed, Places } from '../core/places.ts';
import { judgeStatus, whyDoubted, withSeal } from '../core/authority/status-seal.ts';
import type { CacheView } from '../kube/cache.ts';
import type { KubeClient } from '../kube/client.ts';
import { OwnWrites } from '../kube/own-writes.ts';
import { keyOf, type ObjectKey, type ResourceType } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { fromTimestamp } from '../std/clock.ts';
import { NewestSeals } from './newest-seals.ts';
import type { Seals } from './seals.ts';

export interface StoredPolicy extends CompiledPolicy {
  readonly object: KubeObject;
  /** Its status, as far as the operator itself wrote it. Judged once for each version of the object. */
  readonly believed: () => BelievedStatus;
}

export interface BelievedStatus {
  readonly status: PolicyStatus;
  /** Why there is nothing in it, when others have written it. */
  readonly doubt?: string;
}

export interface PolicyStoreConfig {
  readonly client: Pick<KubeClient, 'find' | 'updateStatus' | 'breaks'>;
  readonly type: ResourceType;
  readonly cache: CacheView;
  readonly rules: CompileRules;
  readonly seals: Seals;
  /** So many policies of a namespace are served. */
  readonly places: number;
}

interface Version {
  readonly uid: string | undefined;
  readonly generation: number | undefined;
  readonly compiled: CompiledPolicy;
}

export class PolicyStore {
  readonly #config: PolicyStoreConfig;
  /** Since its last change; one entry for each policy in the cache. */
  readonly #compiled = new Map<string, Version>();
  readonly #writes: OwnWrites;
  readonly #newest: NewestSeals;
  readonly #believed = new WeakMap<KubeObject, BelievedStatus>();
  readonly #places: Places;
  readonly #whenMoved: ((key: string) => void)[] = [];

  constructor(config: PolicyStoreConfig) {
    this.#config = config;
    this.#writes = new OwnWrites(config.cache);
    this.#newest = new NewestSeals(config.cache);
    this.#places = new Places(config.places);
    config.cache.subscribe(({ key, new: object, old }) => {
      if (object === undefined) this.#compiled.delete(key);
      this.#place(old, object);
    });
  }

  onMoved(listener: (key: string) => void): void {
    this.#whenMoved.push(listener);
  }

  #place(old: KubeObject | undefined, now: KubeObject | undefined): void {
    if (old?.metadata.uid === now?.metadata.uid) return;
    const moved = [
      old === undefined ? undefined : this.#places.delete(placed(old)),
      now === undefined ? undefined : this.#places.add(placed(now)),
    ];
    for (const key of moved) if (key !== undefined) for (const listener of this.#whenMoved) listener(key);
  }

  /** As the cache has it. */
  get(key: string): StoredPolicy | undefined {
    const object = this.#config.cache.get(key);
    return object === undefined ? undefined : this.#stored(object, () => this.#compile(key, object));
  }

  /** As the API server has it now. */
  async readLive(key: ObjectKey): Promise<StoredPolicy | undefined> {
    const { client, type, rules } = this.#config;
    const object = await client.find(type, key);
    if (object === undefined) return undefined;
    // The memory is the cache's: a version that only this read has seen is compiled for it alone.
    return this.#stored(object, () => this.#known(keyOf(object), object) ?? compilePolicy(object, rules));
  }

  #stored(object: KubeObject, compiled: () => CompiledPolicy): StoredPolicy {
    return { object, ...this.#served(object, compiled), believed: () => this.#believe(object) };
  }

  #served(object: KubeObject, compiled: () => CompiledPolicy): CompiledPolicy {
    if (object.metadata.deletionTimestamp !== undefined) return BEING_DELETED;
    return this.#places.has(placed(object)) ? compiled() : withoutPlace(this.#places.max);
  }

  #believe(object: KubeObject): BelievedStatus {
    const known = this.#believed.get(object);
    if (known !== undefined) return known;
    const verdict = this.#newest.judge(object, judgeStatus(this.#config.seals.keyring, object));
    const believed =
      verdict.kind === 'valid' || verdict.kind === 'empty'
        ? { status: withoutSeal(object) }
        : { status: {}, doubt: whyDoubted(verdict) };
    this.#believed.set(object, believed);
    return believed;
  }

  /** False while the cache does not show this process's own last write of the policy (I11). */
  visible(key: string): boolean {
    return this.#writes.visible(key);
  }

  /** @throws KubeError Conflict when the policy has changed since `object` was read. */
  async writeStatus(object: KubeObject, status: PolicyStatus): Promise<KubeObject> {
    const { client, type, seals } = this.#config;
    // To make a status of half a megabyte takes 20 ms, and to seal it as long again.
    await client.breaks.due();
    const turn = this.#newest.next(object);
    const sealed = withSeal(seals.keyring, { object, status, turn });
    const written = await client.updateStatus(type, { ...object, status: sealed });
    this.#writes.wrote(written);
    this.#newest.wrote(written, turn);
    return written;
  }

  #compile(key: string, object: KubeObject): CompiledPolicy {
    const known = this.#known(key, object);
    if (known !== undefined) return known;
    const compiled = compilePolicy(object, this.#config.rules);
    const { uid, generation } = object.metadata;
    this.#compiled.set(key, { uid, generation, compiled });
    return compiled;
  }

  /** The API server raises `metadata.generation` with every change of the spec, and with no other. */
  #known(key: string, { metadata }: KubeObject): CompiledPolicy | undefined {
    const version = this.#compiled.get(key);
    return version?.uid === metadata.uid && version?.generation === metadata.generation ? version?.compiled : undefined;
  }
}

const placed = ({ metadata }: KubeObject): Placed => ({
  key: keyOf({ metadata }),
  namespace: metadata.namespace ?? '',
  createdAt: fromTimestamp(metadata.creationTimestamp) ?? 0,
});

function withoutSeal(object: KubeObject): PolicyStatus {
  // As the operator itself wrote it: its seal says so.
  const { seal: _seal, ...status } = (object['status'] ?? {}) as PolicyStatus;
  return status;
}

/** Reading alone. */
export interface PolicyReads {
  get(key: string): StoredPolicy | undefined;
  /** Tells of policies that have got a place among those that are served, or lost it, by a change of another one. */
  onMoved(listener: (key: string) => void): void;
}

/** The policy that an action names, as the cache has it; undefined when it is gone or nothing of it can be used. */
export const policyOf = (
  policies: Pick<PolicyReads, 'get'>,
  ref: { readonly namespace: string; readonly name: string } | undefined,
): HealingPolicy | undefined => (ref === undefined ? undefined : policies.get(`${ref.namespace}/${ref.name}`)?.policy);

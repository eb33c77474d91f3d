/**
 * The kinds that policies select: resolved by what the server serves, and watched for as long as a policy selects them.
 * A kind that the server does not let us read is asked for again all the time (see `Watcher`); meanwhile the policies
 * that select it say so, and no others are concerned.
 */
import type { HealingPolicy, ResourceFilter } from '../../api/policy.ts';
import {
  type PolicyProblem,
  unknownKind,
  unreadableEvents,
  unreadableKind,
} from '../../core/target/policy-problems.ts';
import { countsEvents } from '../../core/triggers/event.ts';
import type { CacheView } from '../../kube/cache.ts';
import type { Discovery } from '../../kube/discovery.ts';
import type { ResourceType } from '../../kube/resource.ts';
import type { World } from '../world.ts';

export interface WatchedKindsConfig {
  readonly world: Pick<World, 'typeOf' | 'watch' | 'unwatch' | 'refusalOf'> & {
    readonly events: Pick<World['events'], 'refusal'>;
  };
  readonly discovery: Pick<Discovery, 'resolve'>;
  /** A kind is watched for the first time. Returns what ends the interest in it. */
  readonly onWatched: (cache: CacheView) => () => void;
}

type Watching = Pick<HealingPolicy, 'selector' | 'triggers'>;

interface WatchedKind {
  readonly type: ResourceType;
  /** Keys of the policies that select it. */
  readonly users: Set<string>;
  readonly end: () => void;
}

export class WatchedKinds {
  readonly #config: WatchedKindsConfig;
  /** Those that are watched for policies alone, by apiVersion and kind. */
  readonly #watched = new Map<string, WatchedKind>();

  constructor(config: WatchedKindsConfig) {
    this.#config = config;
  }

  /** The resource type of a kind; undefined when the server has none. */
  async resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const { world, discovery } = this.#config;
    return world.typeOf(apiVersion, kind) ?? (await discovery.resolve(apiVersion, kind));
  }

  /**
   * Watches what the policy of the key selects, and nothing that only it has selected before. Says which of its kinds
   * the server does not serve, or does not let the operator read. Undefined: the policy is gone, or selects nothing.
   */
  async watch(key: string, policy: Watching | undefined): Promise<readonly PolicyProblem[]> {
    const resources = policy?.selector.resources ?? [];
    const problems: PolicyProblem[] = [];
    for (const resource of resources) {
      const problem = await this.#use(key, resource);
      if (problem !== undefined) problems.push(problem);
    }
    const { refusal } = this.#config.world.events;
    if (policy !== undefined && countsEvents(policy) && refusal !== undefined)
      problems.push(unreadableEvents(refusal.message));
    const selected = new Set(resources.map(nameOf));
    for (const [name, { users }] of this.#watched) if (users.has(key) && !selected.has(name)) this.#letGo(name, key);
    return problems;
  }

  async #use(key: string, resource: ResourceFilter): Promise<PolicyProblem | undefined> {
    const { world } = this.#config;
    const type = await this.resolve(resource.apiVersion, resource.kind);
    if (type === undefined) return unknownKind(resource);
    this.#watch(type, nameOf(resource))?.users.add(key);
    const refusal = world.refusalOf(resource);
    if (refusal === undefined) return undefined;
    return refusal.status === 403 ? unreadableKind(resource, type) : unknownKind(resource);
  }

  /** Undefined for a kind that every operator watches. */
  #watch(type: ResourceType, name: string): WatchedKind | undefined {
    const { world, onWatched } = this.#config;
    const known = this.#watched.get(name);
    if (known !== undefined) return known;
    const cache = world.watch(type);
    if (cache === undefined) return undefined;
    const watched = { type, users: new Set<string>(), end: onWatched(cache) };
    this.#watched.set(name, watched);
    return watched;
  }

  #letGo(name: string, key: string): void {
    const watched = this.#watched.get(name);
    if (watched === undefined) return;
    watched.users.delete(key);
    if (watched.users.size > 0) return;
    this.#watched.delete(name);
    watched.end();
    this.#config.world.unwatch(watched.type);
  }
}

const nameOf = ({ apiVersion, kind }: Pick<ResourceFilter, 'apiVersion' | 'kind'>): string => `${apiVersion}/${kind}`;

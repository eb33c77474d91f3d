/** The kinds that policies select: resolved by what the server serves, and watched from their first use on. */
import type { HealingPolicy } from '../../api/policy.ts';
import { type PolicyProblem, unknownKind } from '../../core/target/policy-problems.ts';
import type { CacheView } from '../../kube/cache.ts';
import type { Discovery } from '../../kube/discovery.ts';
import type { ResourceType } from '../../kube/resource.ts';
import type { World } from '../world.ts';

export interface WatchedKindsConfig {
  readonly world: Pick<World, 'typeOf' | 'watch'>;
  readonly discovery: Pick<Discovery, 'resolve'>;
  /** A kind is watched for the first time. */
  readonly onWatched: (cache: CacheView) => void;
}

export class WatchedKinds {
  readonly #config: WatchedKindsConfig;

  constructor(config: WatchedKindsConfig) {
    this.#config = config;
  }

  /** The resource type of a kind; undefined when the server has none. */
  async resolve(apiVersion: string, kind: string): Promise<ResourceType | undefined> {
    const { world, discovery } = this.#config;
    return world.typeOf(apiVersion, kind) ?? (await discovery.resolve(apiVersion, kind));
  }

  /** Watches what the policy selects, and says which of its kinds the server does not serve. */
  async watch({ selector }: Pick<HealingPolicy, 'selector'>): Promise<readonly PolicyProblem[]> {
    const unknown: PolicyProblem[] = [];
    for (const resource of selector.resources)
      if (!(await this.#isWatched(resource))) unknown.push(unknownKind(resource));
    return unknown;
  }

  async #isWatched({ apiVersion, kind }: { readonly apiVersion: string; readonly kind: string }): Promise<boolean> {
    const { world, discovery, onWatched } = this.#config;
    if (world.typeOf(apiVersion, kind) !== undefined) return true;
    const type = await discovery.resolve(apiVersion, kind);
    if (type === undefined) return false;
    const cache = world.watch(type);
    if (cache !== undefined) onWatched(cache);
    return true;
  }
}

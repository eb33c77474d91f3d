/** HealingActions: read, parsed once a version that the cache has seen, created, their status written, deleted. */
import type { ActionStatus } from '../api/action-status.ts';
import { API_VERSION, HEALING_ACTION } from '../api/names.ts';
import { type HealingAction, parseAction, type ParsedAction } from '../api/parse-action.ts';
import type { CacheView } from '../kube/cache.ts';
import type { KubeClient } from '../kube/client.ts';
import { isKubeError } from '../kube/errors.ts';
import { OwnWrites } from '../kube/own-writes.ts';
import type { ResourceType } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';

export interface ActionStoreConfig {
  readonly client: Pick<KubeClient, 'create' | 'updateStatus' | 'delete' | 'list'>;
  readonly type: ResourceType;
  readonly cache: CacheView;
}

export class ActionStore {
  readonly #config: ActionStoreConfig;
  /** By the object of the cache, which is another one for each version, and is forgotten with it. */
  readonly #parsed = new WeakMap<KubeObject, ParsedAction>();

  readonly #writes: OwnWrites;

  constructor(config: ActionStoreConfig) {
    this.#config = config;
    this.#writes = new OwnWrites(config.cache);
  }

  /** As the cache has it. */
  get(key: string): ParsedAction | undefined {
    const object = this.#config.cache.get(key);
    return object === undefined ? undefined : this.parse(object);
  }

  parse(object: KubeObject): ParsedAction {
    const known = this.#parsed.get(object);
    if (known !== undefined) return known;
    const parsed = parseAction(object);
    this.#parsed.set(object, parsed);
    return parsed;
  }

  /** All of the cluster, as the API server has them now. */
  async listLive(): Promise<readonly KubeObject[]> {
    return (await this.#config.client.list(this.#config.type)).items;
  }

  /** False while the cache does not show this process's own last write of the action (I11). */
  visible(key: string): boolean {
    return this.#writes.visible(key);
  }

  /** The name is the idempotency key: that the action exists already is success (law 1). */
  async create(object: KubeObject): Promise<'created' | 'exists'> {
    const { client, type } = this.#config;
    try {
      this.#writes.wrote(await client.create(type, object));
      return 'created';
    } catch (error) {
      if (isKubeError(error, 'AlreadyExists')) return 'exists';
      throw error;
    }
  }

  /** @throws KubeError Conflict when the action has changed since it was read. */
  async writeStatus(action: HealingAction, status: ActionStatus): Promise<HealingAction> {
    const { client, type } = this.#config;
    const { metadata, spec, namespace, name } = action;
    const object = { apiVersion: API_VERSION, kind: HEALING_ACTION.kind, metadata, spec, status };
    const written = await client.updateStatus(type, object);
    this.#writes.wrote(written);
    const parsed = parseAction(written).action;
    if (parsed === undefined) throw new Error(`the status of ${namespace}/${name} came back unreadable`);
    return parsed;
  }

  async delete({ namespace, name, uid }: HealingAction): Promise<void> {
    await this.#config.client.delete(this.#config.type, { namespace, name }, { uid });
  }
}

/** HealingActions: read, parsed once a version that the cache has seen, created, their status written, deleted. */
import type { ActionStatus } from '../api/action-status.ts';
import { API_VERSION, FINALIZER, HEALING_ACTION } from '../api/names.ts';
import { type HealingAction, parseAction, type ParsedAction } from '../api/parse-action.ts';
import type { CacheView } from '../kube/cache.ts';
import type { KubeClient } from '../kube/client.ts';
import { isKubeError, KubeError } from '../kube/errors.ts';
import { whyForged, withCreationSeal } from '../core/authority/creation-seal.ts';
import { believedAction } from '../core/authority/believed-action.ts';
import { isHeld } from '../core/action/departure.ts';
import { sleepUntil } from '../kube/deadline.ts';
import { OwnWrites } from '../kube/own-writes.ts';
import { compareResourceVersions, type ResourceType } from '../kube/resource.ts';
import type { KubeObject } from '../shapes/kube.ts';
import { NewestSeals } from './newest-seals.ts';
import type { Seals } from './seals.ts';
import type { Keyring } from '../core/authority/seal.ts';
import { judgeStatus, withSeal } from '../core/authority/status-seal.ts';

/** Code of the error when an action that is written to was deleted meanwhile, with its policy or by a person. */
export const ACTION_GONE = 'ActionGone';

/** Only these writes are of the action itself; what else is not found is another thing. */
async function ofThere<T>(write: Promise<T>): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isKubeError(error, 'NotFound')) throw error;
    const { message, delivered, status } = error;
    throw new KubeError(message, { code: ACTION_GONE, delivered, status, cause: error });
  }
}

const SEAL_LOST =
  'the API server did not keep the seal of a status; apply this version of the CustomResourceDefinitions with `kubeskippy install`. The status is that of';

/** A watch shows a write within milliseconds. One that does not is broken, or far behind. */
const CATCH_UP_MS = 1000;
/** A reason made once: one of the runtime's own, with a stack, would be made for every action. */
const SEEN = new Error('the cache shows it');

export interface ActionStoreConfig {
  readonly client: Pick<KubeClient, 'clock' | 'create' | 'find' | 'updateStatus' | 'patch' | 'delete' | 'list'>;
  readonly type: ResourceType;
  readonly cache: CacheView;
  readonly seals: Seals;
}

interface Parsed {
  readonly parsed: ParsedAction;
  /** With which it was judged. */
  readonly keyring: Keyring;
}

export class ActionStore {
  readonly #config: ActionStoreConfig;
  /** By the object of the cache, which is another one for each version, and is forgotten with it. */
  readonly #parsed = new WeakMap<KubeObject, Parsed>();
  readonly #writes: OwnWrites;
  readonly #newest: NewestSeals;
  /** What this process wrote last, by UID, until the cache shows that version: it is parsed once. */
  readonly #written = new Map<string, KubeObject>();

  constructor(config: ActionStoreConfig) {
    this.#config = config;
    this.#writes = new OwnWrites(config.cache);
    this.#newest = new NewestSeals(config.cache);
    config.cache.subscribe(({ new: object, old }) => this.#shown(object, old));
  }

  /** Of the answer and of what the watch shows, whichever comes first, the second is not parsed again. */
  #parseWritten({ metadata: { managedFields: _dropped, ...metadata }, ...rest }: KubeObject): ParsedAction {
    const written = { ...rest, metadata };
    const shown = this.#config.cache.get(metadata);
    const { uid = '', resourceVersion } = metadata;
    if (shown?.metadata.uid !== uid) return this.parse(written);
    if (shown.metadata.resourceVersion === resourceVersion) return this.parse(shown);
    if (compareResourceVersions(shown.metadata.resourceVersion, resourceVersion) === -1)
      this.#written.set(uid, written);
    return this.parse(written);
  }

  /** A watch that shows a later version, or the end, has no use for it any more. */
  #shown(object: KubeObject | undefined, old: KubeObject | undefined): void {
    const uid = (object ?? old)?.metadata.uid ?? '';
    const written = this.#written.get(uid);
    if (written === undefined) return;
    const order = compareResourceVersions(object?.metadata.resourceVersion, written.metadata.resourceVersion);
    if (object !== undefined && order === -1) return;
    this.#written.delete(uid);
    const known = this.#parsed.get(written);
    if (object !== undefined && order === 0 && known !== undefined) this.#parsed.set(object, known);
  }

  /** As the cache has it. */
  get(key: string): ParsedAction | undefined {
    const object = this.#config.cache.get(key);
    return object === undefined ? undefined : this.parse(object);
  }

  uidOf(key: string): string | undefined {
    return this.#config.cache.get(key)?.metadata.uid;
  }

  parse(object: KubeObject): ParsedAction {
    const { keyring } = this.#config.seals;
    const known = this.#parsed.get(object);
    // With other keys a seal that was doubted may turn out well.
    if (known !== undefined && (known.parsed.action?.doubt === undefined || known.keyring === keyring))
      return known.parsed;
    const parsed = this.#judged(object, keyring);
    this.#parsed.set(object, { parsed, keyring });
    return parsed;
  }

  #judged(object: KubeObject, keyring: Keyring): ParsedAction {
    const parsed = parseAction(object);
    if (parsed.action === undefined) return parsed;
    const status = this.#newest.judge(object, judgeStatus(keyring, object));
    const forged = whyForged(keyring, object, parsed.action);
    return { action: believedAction(parsed.action, { status, forged }), problems: [] };
  }

  /** As the API server has it now, if it is there still. */
  readLive({ namespace, name }: Pick<HealingAction, 'namespace' | 'name'>): Promise<KubeObject | undefined> {
    return this.#config.client.find(this.#config.type, { namespace, name });
  }

  /**
   * Until the cache has seen all that was committed to actions before this version of one: the API server tells of its
   * commits in their order. `late`: it has not, after a second.
   */
  async caughtUp({ metadata: { resourceVersion = '' } }: Pick<HealingAction, 'metadata'>): Promise<'seen' | 'late'> {
    const { cache, client } = this.#config;
    if (cache.isAtLeast(resourceVersion)) return 'seen';
    const over = new AbortController();
    // The cache tells of a change before it counts as seen.
    const check = () => void (cache.isAtLeast(resourceVersion) && over.abort(SEEN));
    const end = cache.subscribe(() => void Promise.resolve().then(check));
    await sleepUntil(client.clock, client.clock.now() + CATCH_UP_MS, over.signal);
    end();
    return cache.isAtLeast(resourceVersion) ? 'seen' : 'late';
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
    const { client, type, seals } = this.#config;
    try {
      this.#writes.wrote(await client.create(type, withCreationSeal(seals.keyring, object, client.clock.now())));
      return 'created';
    } catch (error) {
      if (!isKubeError(error, 'AlreadyExists')) throw error;
      // One that the cache does not show may have been deleted since: then it is visible that it is gone.
      const found = await client.find(type, object.metadata);
      if (found !== undefined) this.#writes.wrote(found);
      return 'exists';
    }
  }

  /**
   * From now on nobody's deletion takes the action away before it is released.
   *
   * @throws KubeError Conflict, ActionGone
   */
  async hold(action: HealingAction): Promise<HealingAction> {
    const { finalizers = [] } = action.metadata;
    const written = await ofThere(this.#setFinalizers(action, [...finalizers, FINALIZER]));
    this.#writes.wrote(written);
    return this.parse(written).action ?? action;
  }

  /** It goes as soon as nobody else holds it. @throws KubeError Conflict */
  async release(action: Pick<HealingAction, 'metadata'>): Promise<void> {
    const { finalizers = [] } = action.metadata;
    if (!isHeld(action.metadata)) return;
    const others = finalizers.filter((one) => one !== FINALIZER);
    try {
      await this.#setFinalizers(action, others);
    } catch (error) {
      if (!isKubeError(error, 'NotFound')) throw error;
    }
  }

  /** One that cannot be parsed was never begun. */
  async releaseUnreadable(key: string): Promise<void> {
    const object = this.#config.cache.get(key);
    if (object?.metadata.deletionTimestamp !== undefined) await this.release(object);
  }

  #setFinalizers({ metadata }: Pick<HealingAction, 'metadata'>, finalizers: readonly string[]): Promise<KubeObject> {
    const { uid, resourceVersion } = metadata;
    const body = { metadata: { uid, resourceVersion, finalizers } };
    return this.#config.client.patch(this.#config.type, metadata, { type: 'merge', body });
  }

  /** @throws KubeError Conflict when the action has changed since it was read; ActionGone when it was deleted. */
  async writeStatus(action: HealingAction, status: ActionStatus): Promise<HealingAction> {
    const { client, type, seals } = this.#config;
    const { metadata, spec, namespace, name } = action;
    const object = { apiVersion: API_VERSION, kind: HEALING_ACTION.kind, metadata, spec };
    const turn = this.#newest.next(object);
    const sealed = { ...object, status: withSeal(seals.keyring, { object, status, turn }) };
    const written = await ofThere(client.updateStatus(type, sealed));
    this.#writes.wrote(written);
    const parsed = this.#parseWritten(written).action;
    if (parsed === undefined) throw new Error(`the status of ${namespace}/${name} came back unreadable`);
    // An older CustomResourceDefinition drops what it does not know.
    if (parsed.doubt?.reason === 'StatusTampered' && status.reason !== 'StatusTampered')
      throw new Error(`${SEAL_LOST} ${namespace}/${name}`);
    return parsed;
  }

  async delete({ namespace, name, uid }: HealingAction): Promise<void> {
    await this.#config.client.delete(this.#config.type, { namespace, name }, { uid });
  }
}

/**
 * The ledger: a ConfigMap in the operator's namespace with what limits need of actions that are gone, sealed. It is
 * watched, so that a process that begins has it with its caches. One that somebody deletes or changes is written again
 * from memory.
 *
 * It is written only when an action goes that somebody has deleted: a read and a write for all that wait for it.
 */
import { LEDGER_CONFIG_MAP } from '../api/names.ts';
import type { HealingAction } from '../api/parse-action.ts';
import { remembered } from '../core/action/departure.ts';
import { judgeSeal, sealOf, type Sealed } from '../core/authority/seal.ts';
import { actionsOf, type Healings, healingsIn, healingUid, mergedHealings } from '../core/healings.ts';
import type { PastAction } from '../core/history.ts';
import { ledgerOf, withLedger } from '../core/ledger.ts';
import type { CacheView } from '../kube/cache.ts';
import type { KubeClient } from '../kube/client.ts';
import { CONFIG_MAPS } from '../kube/well-known.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { Clock } from '../std/clock.ts';
import { given } from '../std/given.ts';
import type { ActionStore } from './action-store.ts';
import type { Logger } from './ports.ts';
import type { Seals } from './seals.ts';

export interface LedgerStoreConfig {
  readonly client: Pick<KubeClient, 'clock' | 'find' | 'create' | 'update'>;
  /** Of the operator. */
  readonly namespace: string;
  readonly cache: CacheView;
  readonly seals: Seals;
  readonly logger: Pick<Logger, 'warn' | 'error'>;
}

interface Read {
  readonly entries: readonly PastAction[];
  readonly healings: Healings;
  readonly turn: number;
}

const NOTHING: Read = { entries: [], healings: {}, turn: 0 };

export class LedgerStore {
  readonly #config: LedgerStoreConfig;
  readonly #handlers = new Set<() => void>();
  /** All that was ever read or remembered and still counts. */
  #entries: readonly PastAction[] = [];
  #healings: Healings = {};
  /** Both, as a part of history. */
  #all: readonly PastAction[] | undefined;
  /** The last write that was begun; it never rejects. */
  #last: Promise<void> = Promise.resolve();
  /** The write that is to come: it takes all that is remembered until it begins. */
  #next: Promise<void> | undefined;

  constructor(config: LedgerStoreConfig) {
    this.#config = config;
    config.cache.subscribe(({ new: object, old }) => {
      if (object !== undefined) this.#learn(this.#read(object));
      if (object === undefined && old !== undefined && this.entries().length > 0) this.#putBack();
    });
  }

  entries(): readonly PastAction[] {
    this.#all ??= withLedger(this.#entries, actionsOf(this.#healings));
    return this.#all;
  }

  subscribe(handler: () => void): void {
    this.#handlers.add(handler);
  }

  /** With what the API server has now. */
  async readLive(): Promise<readonly PastAction[]> {
    const object = await this.#find();
    if (object !== undefined) this.#learn(this.#read(object));
    return this.entries();
  }

  /** Resolves when it is written. @throws KubeError: it counts in this process all the same, and is asked for again. */
  async remember(past: PastAction): Promise<void> {
    this.#learn({ entries: [past], healings: healingsIn([past]) });
    this.#next ??= this.#after(this.#last);
    this.#last = this.#next.catch(() => undefined);
    await this.#next;
  }

  async #after(last: Promise<void>): Promise<void> {
    await last;
    this.#next = undefined;
    await this.#write();
  }

  /** @throws KubeError Conflict when another process has written since; the next try reads what it wrote. */
  async #write(): Promise<void> {
    const { client, namespace, seals, logger } = this.#config;
    const found = await this.#find();
    const before = found === undefined ? NOTHING : this.#read(found);
    const now = client.clock.now();
    const { entries, omitted } = ledgerOf([...before.entries, ...this.#entries], now);
    const texts = {
      entries: JSON.stringify(entries),
      healings: JSON.stringify(mergedHealings([before.healings, this.#healings], now)),
    };
    const data = { ...texts, seal: sealOf(seals.keyring, sealed(texts), before.turn + 1) };
    if (omitted > 0)
      logger.warn(
        { configMap: `${namespace}/${LEDGER_CONFIG_MAP}`, omitted },
        'the ledger of deleted actions is full; the oldest count in no limit any more',
      );
    if (found !== undefined) {
      await client.update(CONFIG_MAPS, { ...found, data });
      return;
    }
    const metadata = { name: LEDGER_CONFIG_MAP, namespace, labels: { 'app.kubernetes.io/name': 'kubeskippy' } };
    await client.create(CONFIG_MAPS, { apiVersion: 'v1', kind: 'ConfigMap', metadata, data });
  }

  #find(): Promise<KubeObject | undefined> {
    const { client, namespace } = this.#config;
    return client.find(CONFIG_MAPS, { namespace, name: LEDGER_CONFIG_MAP });
  }

  #putBack(): void {
    const { namespace, logger } = this.#config;
    const configMap = `${namespace}/${LEDGER_CONFIG_MAP}`;
    logger.warn({ configMap }, 'somebody deleted the ledger of deleted actions; it is written again');
    this.#write().catch((error: unknown) =>
      logger.error({ configMap, error: String(error) }, 'the ledger of deleted actions cannot be written again'),
    );
  }

  /** Nothing of one whose seal is wrong. */
  #read({ metadata, data }: KubeObject): Read {
    const { seals, namespace, logger } = this.#config;
    const { entries = '', healings, seal } = (data ?? {}) as Readonly<Record<string, string>>;
    const verdict = judgeSeal(seals.keyring, sealed({ entries, ...given({ healings }) }), seal);
    if (verdict.kind === 'valid')
      return {
        entries: JSON.parse(entries) as readonly PastAction[],
        healings: JSON.parse(healings ?? '{}') as Healings,
        turn: verdict.turn,
      };
    logger.error(
      { configMap: `${namespace}/${metadata.name}`, seal: verdict.kind },
      'the ledger of deleted actions is not as the operator wrote it; what this process did not read before counts in no limit',
    );
    return NOTHING;
  }

  #learn({ entries, healings }: Pick<Read, 'entries' | 'healings'>): void {
    const now = this.#config.client.clock.now();
    this.#entries = ledgerOf([...this.#entries, ...entries], now).entries;
    this.#healings = mergedHealings([this.#healings, healings], now);
    this.#all = undefined;
    for (const handler of this.#handlers) handler();
  }
}

/** A ledger of an older version has no healings. */
const sealed = ({ entries, healings }: { readonly entries: string; readonly healings?: string }): Sealed => ({
  purpose: 'Ledger',
  content: healings === undefined ? entries : `${entries}\n${healings}`,
});

export interface Deletions {
  readonly actions: Pick<ActionStore, 'parse'>;
  readonly ledger: Pick<LedgerStore, 'remember' | 'entries'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Pick<Logger, 'error'>;
}

/** One that went without being released, since somebody took its finalizer away, is remembered as it was last seen. */
export function followDeletions(cache: CacheView, { actions, ledger, clock, logger }: Deletions): void {
  const missed = (action: HealingAction): void => {
    const past = remembered(action, clock.now());
    const known = past && [past.uid, healingUid(past)];
    if (past === undefined || ledger.entries().some(({ uid }) => known?.includes(uid))) return;
    ledger.remember(past).catch((error: unknown) => {
      const key = `${action.namespace}/${action.name}`;
      logger.error({ action: key, error: String(error) }, 'a deleted action could not be written into the ledger');
    });
  };
  cache.subscribe(({ old, new: object }) => {
    if (old === undefined || object !== undefined) return;
    const { action } = actions.parse(old);
    if (action !== undefined) missed(action);
  });
}

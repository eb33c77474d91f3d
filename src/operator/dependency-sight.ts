/**
 * Services that workloads in trouble name in their variables and arguments, and that have no pod that is ready: what
 * fails with them fails because of them. Templates and Services are read beside the laps, while many fail, and of a
 * template the addresses alone are kept.
 */

import { isReady } from '../core/analysis/causes/facts.ts';
import { addressesOf, serviceNamed } from '../core/analysis/causes/service/addresses.ts';
import type { ServiceObject, WorkloadObject } from '../core/analysis/objects.ts';
import { matches } from '../core/analysis/selectors.ts';
import { trait } from '../core/shared-traits.ts';
import type { KubeObject } from '../shapes/kube.ts';
import type { Clock, Instant } from '../std/clock.ts';
import type { PartReader } from './analysis/part-reader.ts';
import { partOf, type Read } from './analysis/parts.ts';
import type { World } from './world.ts';

/** So many of those that fail tell what all of them need: at ten reads a second they are read in five seconds. */
const MAX_WORKLOADS = 50;
/** Those that are named most often. */
const MAX_SERVICES = 20;
/** Reads at once: those of the analysis go on beside them. */
const PARALLEL = 5;
const EVERY_MS = 30_000;
/** Everything resolves names by it. https://kubernetes.io/docs/tasks/administer-cluster/dns-debugging-resolution/ */
const DNS = { namespace: 'kube-system', name: 'kube-dns' };

interface Sources {
  readonly clock: Pick<Clock, 'now'>;
  readonly world: Pick<World, 'pods'>;
  readonly reader: Pick<PartReader, 'one'>;
  readonly signal: AbortSignal;
}

interface Named {
  readonly namespace: string;
  readonly name: string;
}
const textOf = ({ namespace, name }: Named): string => `${namespace}/${name}`;

async function inTurns<A, B>(items: readonly A[], read: (item: A) => Promise<B>): Promise<readonly B[]> {
  const all: B[] = [];
  for (let at = 0; at < items.length; at += PARALLEL)
    all.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(read))));
  return all;
}

export class DependencySight {
  readonly #from: Sources;
  readonly #wanted = new Map<string, KubeObject>();
  /** Services by the UID of a workload that names them. */
  #needs: ReadonlyMap<string, readonly string[]> = new Map();
  #down: ReadonlySet<string> = new Set();
  #lookedAt: Instant | undefined;
  #isLooking = false;

  constructor(from: Sources) {
    this.#from = from;
  }

  /** Of a workload that fails, as far as it is known; more may be known after a moment. */
  of(workload: KubeObject): readonly string[] {
    const { uid = '' } = workload.metadata;
    if (this.#wanted.size < MAX_WORKLOADS) this.#wanted.set(uid, workload);
    this.#next();
    return [textOf(DNS), ...(this.#needs.get(uid) ?? [])]
      .filter((service) => this.#down.has(service))
      .map((service) => trait('dependency', `Service ${service}`));
  }

  #next(): void {
    const now = this.#from.clock.now();
    const isFresh = this.#lookedAt !== undefined && now >= this.#lookedAt && now - this.#lookedAt < EVERY_MS;
    if (this.#isLooking || isFresh) return;
    this.#lookedAt = now;
    this.#isLooking = true;
    // Those that are asked about in the same breath are looked at together.
    queueMicrotask(() => {
      this.#look().then(
        () => void (this.#isLooking = false),
        // It rejects with the end of the operator alone; what a server refuses is a gap.
        () => undefined,
      );
    });
  }

  async #look(): Promise<void> {
    const wanted = [...this.#wanted];
    this.#wanted.clear();
    const needs = new Map(await inTurns(wanted, async ([uid, one]) => [uid, await this.#needsOf(one)] as const));
    const counts = new Map<string, { readonly at: Named; count: number }>();
    for (const at of [...needs.values()].flat()) {
      const known = counts.get(textOf(at)) ?? { at, count: 0 };
      known.count++;
      counts.set(textOf(at), known);
    }
    const most = [...counts.values()].toSorted((a, b) => b.count - a.count).slice(0, MAX_SERVICES);
    const asked = [DNS, ...most.map(({ at }) => at)];
    const down = await inTurns(asked, async (at) => ((await this.#isDown(at)) ? [textOf(at)] : []));
    this.#needs = new Map([...needs].map(([uid, services]) => [uid, [...new Set(services.map(textOf))]]));
    this.#down = new Set(down.flat());
  }

  async #needsOf({ kind, metadata }: KubeObject): Promise<readonly Named[]> {
    const { namespace, name } = metadata;
    if (namespace === undefined || partOf(kind) === undefined) return [];
    const { items } = await this.#from.reader.one(kind as Read, { namespace, name }, this.#from.signal);
    const [found] = items as readonly WorkloadObject[];
    return addressesOf(found?.spec?.template?.spec).flatMap(({ host }) => {
      const at = serviceNamed(host, namespace);
      return at?.namespace === undefined ? [] : [{ namespace: at.namespace, name: at.name }];
    });
  }

  /** Some pod of it is seen, and none is ready. */
  async #isDown(at: Named): Promise<boolean> {
    const { reader, world, signal } = this.#from;
    const { items } = await reader.one('Service', at, signal);
    const [found] = items as readonly ServiceObject[];
    const matchLabels = found?.spec?.selector;
    if (matchLabels === undefined) return false;
    const pods = world.pods.list(at.namespace).filter(({ metadata }) => matches({ matchLabels }, metadata.labels));
    return pods.length > 0 && !pods.some(isReady);
  }
}

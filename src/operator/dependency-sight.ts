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
import { inTurns, Rounds } from './rounds.ts';
import type { World } from './world.ts';

/**
 * A look reads so many workloads: at ten reads a second this takes five seconds. The next one goes on with
 * the others.
 */
const MAX_WORKLOADS = 50;
/** Those that are named most often, of each namespace that names some. */
const MAX_SERVICES = 20;
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

type Labels = Readonly<Record<string, string>>;

interface Needs {
  /** Of the workload. */
  readonly namespace: string;
  readonly services: readonly Named[];
  readonly readAt: Instant;
}

export class DependencySight {
  readonly #from: Sources;
  /** Workloads that were asked about since the last look. */
  readonly #wanted = new Map<string, KubeObject>();
  /** By UID of the workload. */
  #needs: ReadonlyMap<string, Needs> = new Map();
  /** By Service; undefined of one that is not there, or has none. */
  #selectors: ReadonlyMap<string, Labels | undefined> = new Map();
  #down: ReadonlySet<string> = new Set();
  readonly #rounds: Rounds;

  constructor(from: Sources) {
    this.#from = from;
    this.#rounds = new Rounds(from.clock, () => this.#look());
  }

  /** Of a workload that fails, as far as it is known; more may be known after a moment. */
  of(workload: KubeObject): readonly string[] {
    const { uid = '' } = workload.metadata;
    this.#wanted.set(uid, workload);
    this.#rounds.want();
    const named = new Set([textOf(DNS), ...(this.#needs.get(uid)?.services ?? []).map(textOf)]);
    return [...named]
      .filter((service) => this.#down.has(service))
      .map((service) => trait('dependency', `Service ${service}`));
  }

  async #look(): Promise<void> {
    const asking = new Map(this.#wanted);
    this.#wanted.clear();
    // Those that nobody asked about any more are well, or gone.
    const needs = new Map([...this.#needs].filter(([uid]) => asking.has(uid)));
    await inTurns(chosen([...asking], needs), async ([uid, one]) => {
      const read = await this.#needsOf(one);
      if (read !== undefined) needs.set(uid, read);
    });
    const asked = [DNS, ...mostNamed([...needs.values()])];
    const selectors = new Map(await inTurns(asked, async (at) => [textOf(at), await this.#selectorOf(at)] as const));
    this.#needs = needs;
    this.#selectors = selectors;
    this.#down = new Set(asked.filter((at) => this.#isDown(at)).map(textOf));
  }

  /** Undefined where the server did not say it. */
  async #needsOf({ kind, metadata }: KubeObject): Promise<Needs | undefined> {
    const { namespace, name } = metadata;
    const readAt = this.#from.clock.now();
    if (namespace === undefined || partOf(kind) === undefined) return { namespace: '', services: [], readAt };
    const { items, gap } = await this.#from.reader.one(kind as Read, { namespace, name }, this.#from.signal);
    if (gap !== undefined) return undefined;
    const [found] = items as readonly WorkloadObject[];
    const named = addressesOf(found?.spec?.template?.spec).flatMap(({ host }) => {
      const at = serviceNamed(host, namespace);
      return at?.namespace === undefined ? [] : [{ namespace: at.namespace, name: at.name }];
    });
    // A workload may name one Service in many variables.
    return { namespace, services: [...new Map(named.map((at) => [textOf(at), at])).values()], readAt };
  }

  /** As the server said it last, where it does not say it now: a question that fails ends no stop. */
  async #selectorOf(at: Named): Promise<Labels | undefined> {
    const { items, gap } = await this.#from.reader.one('Service', at, this.#from.signal);
    if (gap !== undefined) return this.#selectors.get(textOf(at));
    const [found] = items as readonly ServiceObject[];
    return found?.spec?.selector;
  }

  /** Some pod of it is seen, and none is ready. */
  #isDown(at: Named): boolean {
    const matchLabels = this.#selectors.get(textOf(at));
    if (matchLabels === undefined) return false;
    const pods = this.#from.world.pods
      .list(at.namespace)
      .filter(({ metadata }) => matches({ matchLabels }, metadata.labels));
    return pods.length > 0 && !pods.some(isReady);
  }
}

/**
 * Which workloads are read: those first that were not read yet, of namespaces first of which fewer were read, so that
 * one namespace with many that fail does not keep the others waiting. Then those that were read the longest time ago.
 */
function chosen(
  wanted: readonly (readonly [string, KubeObject])[],
  needs: ReadonlyMap<string, Needs>,
): readonly (readonly [string, KubeObject])[] {
  const read = countBy([...needs.values()], ({ namespace }) => namespace);
  const turns = wanted.map(([uid, one]) => {
    const { namespace = '' } = one.metadata;
    const readAt = needs.get(uid)?.readAt;
    if (readAt !== undefined) return { uid, one, readAt, turn: 0 };
    const turn = read.get(namespace) ?? 0;
    read.set(namespace, turn + 1);
    return { uid, one, readAt: Number.NEGATIVE_INFINITY, turn };
  });
  return turns
    .toSorted((a, b) => (a.readAt === b.readAt ? a.turn - b.turn : a.readAt - b.readAt))
    .slice(0, MAX_WORKLOADS)
    .map(({ uid, one }) => [uid, one] as const);
}

/** Of each namespace those that most of its workloads name, in turns. */
function mostNamed(needs: readonly Needs[]): readonly Named[] {
  const byNamespace = new Map<string, Map<string, { readonly at: Named; count: number }>>();
  for (const { namespace, services } of needs) {
    const counts = byNamespace.get(namespace) ?? new Map<string, { readonly at: Named; count: number }>();
    byNamespace.set(namespace, counts);
    for (const at of services) {
      const known = counts.get(textOf(at)) ?? { at, count: 0 };
      known.count++;
      counts.set(textOf(at), known);
    }
  }
  const turns = [...byNamespace.values()].flatMap((counts) =>
    [...counts.values()].toSorted((a, b) => b.count - a.count).map((one, turn) => ({ ...one, turn })),
  );
  const inOrder = turns.toSorted((a, b) => a.turn - b.turn || b.count - a.count);
  return [...new Map(inOrder.map(({ at }) => [textOf(at), at])).values()].slice(0, MAX_SERVICES);
}

function countBy<T>(items: readonly T[], of: (item: T) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(of(item), (counts.get(of(item)) ?? 0) + 1);
  return counts;
}

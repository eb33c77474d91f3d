/**
 * PromQL without Prometheus: series made from the objects that the operator watches anyway, sampled at every
 * evaluation.
 *
 * Guarantees
 * - Only families that a loaded query names are made. The work per tick is the objects that changed since the last.
 * - What it cannot know is Unknown: a family nobody provides, a cache that has not synced, a window that reaches back
 *   before the source began to watch the family, usage while `metrics.k8s.io` does not answer. `absent()` is never true
 *   for want of knowledge.
 *
 * Caveats
 * - A value that changes twice between two ticks is seen once, as a scrape would see it.
 */
import { keyOf } from '../../../kube/resource.ts';
import {
  callsOf,
  DEFAULT_LIMITS,
  DEFAULT_STORE_LIMITS,
  EvaluationError,
  type EvaluationLimits,
  type Expr,
  instantInSlices,
  NATIVE_ONLY,
  parse,
  ParseError,
  SeriesStore,
  type StoreLimits,
} from '../../../promql/index.ts';
import { type MetricAllowLists, NOTHING_ALLOWED } from '../../../api/metric-allow-lists.ts';
import type { KubeletFeed, ObjectFeed, UsageFeed } from '../../../operator/ports.ts';
import { type Clock, type Instant, toTimestamp, turn } from '../../../std/clock.ts';
import { inPieces, type Sliced, SliceRunner } from '../../../std/slices.ts';
import { type MetricResult, type MetricSample, type MetricSource, unknown } from '../source.ts';
import type { KindFamilies, Readable } from './family.ts';
import { type KubeletMetrics, KubeletPoller } from './kubelet-poller.ts';
import { ObjectSeries, type Wanted } from './object-series.ts';
import type { Poller } from './poller.ts';
import { allowListFor, metadataKinds } from './metadata-families.ts';
import { KINDS, kindsByFamily } from './registry.ts';
import { replacementFor } from './short-names.ts';
import { type Need, needsOf } from './requirements.ts';
import { UsagePoller } from './usage-poller.ts';

export interface EmbeddedSettings {
  /** Between ticks; windows count as covered when they begin less than this before the first tick. */
  readonly intervalMs: number;
  readonly store: StoreLimits;
  readonly evaluation: EvaluationLimits;
}

export const EMBEDDED_DEFAULTS: EmbeddedSettings = {
  intervalMs: 15_000,
  store: DEFAULT_STORE_LIMITS,
  // A query over all pods of a cluster of 150,000 takes half a second; three of them beside each other are still asked
  // again within the interval.
  evaluation: { ...DEFAULT_LIMITS, timeoutMs: 3000 },
};

/** Distinct queries whose trees are kept; a thousand policies with ten triggers each. */
const MAX_PARSED = 10_000;

/**
 * Samples older than this many intervals say nothing about now: as for triggers, whose pending state a longer gap
 * resets.
 */
const MAX_SILENT_INTERVALS = 3;

export interface EmbeddedDependencies {
  readonly clock: Clock;
  readonly objects: ObjectFeed;
  /** Absent: usage families are refused. */
  readonly usage?: UsageFeed;
  /** Absent: no labels and annotations are made into series. */
  readonly allowed?: MetricAllowLists;
  /** Absent: what only kubelets know is refused. */
  readonly kubelets?: { readonly feed: KubeletFeed; readonly metrics: KubeletMetrics };
}

interface WatchedKind {
  readonly families: KindFamilies;
  readonly wanted: Set<string>;
  /** Live objects by key, which new families and usage need. */
  readonly objects: Map<string, Readable>;
  readonly changed: Set<string>;
  unsubscribe: (() => void) | undefined;
}

export class EmbeddedSource implements MetricSource {
  readonly #clock: Clock;
  readonly #feed: ObjectFeed;
  /** What makes the series of objects, and which of them provides which family. */
  readonly #made: readonly KindFamilies[];
  readonly #kindOf: ReadonlyMap<string, KindFamilies>;
  readonly #pollers: readonly Poller[];
  readonly #settings: EmbeddedSettings;
  readonly #store: SeriesStore;
  readonly #runner: SliceRunner;
  /** What uses the storage now, or did last. */
  #using: Promise<unknown> = Promise.resolve();
  readonly #series: ObjectSeries;
  readonly #kinds = new Map<KindFamilies, WatchedKind>();
  readonly #parsed = new Map<string, Expr | ParseError>();
  /** When each wanted family was first sampled with its cache synced; undefined until then. */
  readonly #since = new Map<string, Instant | undefined>();

  constructor(
    { clock, objects, usage, kubelets, allowed = NOTHING_ALLOWED }: EmbeddedDependencies,
    settings: EmbeddedSettings = EMBEDDED_DEFAULTS,
  ) {
    this.#clock = clock;
    this.#runner = new SliceRunner(clock, turn);
    this.#feed = objects;
    this.#made = [...KINDS, ...metadataKinds(allowed)];
    this.#kindOf = kindsByFamily(this.#made);
    this.#pollers = [
      ...(usage === undefined ? [] : [new UsagePoller(usage)]),
      ...(kubelets === undefined ? [] : [new KubeletPoller(kubelets.feed, kubelets.metrics)]),
    ];
    this.#settings = settings;
    this.#store = new SeriesStore(settings.store);
    this.#series = new ObjectSeries(this.#store);
  }

  get busyMs(): number {
    return this.#runner.busyMs;
  }

  get seriesCount(): number {
    return this.#store.size;
  }

  /**
   * Begins to keep what a query needs. Idempotent; a query that was never referred to is referred to when first asked.
   */
  refer(promql: string): void {
    for (const family of this.#familiesOf(promql)) this.#want(family);
  }

  #want(family: string): void {
    if (this.#since.has(family)) return;
    const kind = this.#kindOf.get(family);
    const poller = this.#pollerOf(family);
    if (kind === undefined && poller === undefined) return;
    this.#since.set(family, undefined);
    if (kind !== undefined) {
      const watched = this.#watch(kind);
      watched.wanted.add(family);
      for (const key of watched.objects.keys()) watched.changed.add(key);
      return;
    }
    for (const of of poller?.kinds ?? []) this.#watch(of);
  }

  #pollerOf(family: string): Poller | undefined {
    return this.#pollers.find((poller) => poller.provides(family));
  }

  /** Lets go of a family that no query names any more; its kind is watched no longer when this was the last. */
  *#drop(family: string): Sliced<void> {
    this.#since.delete(family);
    const kind = this.#kindOf.get(family);
    const watched = kind === undefined ? undefined : this.#kinds.get(kind);
    watched?.wanted.delete(family);
    for (const key of watched?.objects.keys() ?? []) watched?.changed.add(key);
    const polled = this.#pollers.filter((poller) => this.#isWanted(poller));
    for (const poller of this.#pollers) if (!polled.includes(poller)) yield* this.#applyPolled(poller, []);
    for (const [families, { wanted, objects, unsubscribe }] of this.#kinds) {
      if (wanted.size > 0 || polled.some(({ kinds }) => kinds.includes(families))) continue;
      unsubscribe?.();
      for (const key of objects.keys()) {
        this.#series.replace(this.#ownerOf(families, key), []);
        yield;
      }
      this.#kinds.delete(families);
    }
  }

  #isWanted(poller: Poller): boolean {
    return [...this.#since.keys()].some((family) => poller.provides(family));
  }

  /** Keeps what these queries need and nothing else, and samples it. */
  async beginRound(queries: readonly string[], signal: AbortSignal): Promise<void> {
    const wanted = new Set(queries.flatMap((query) => this.#familiesOf(query)));
    for (const family of wanted) this.#want(family);
    await this.sample(signal);
    await this.#alone(() => this.#runner.run(this.#keepOnly(wanted)));
  }

  *#keepOnly(wanted: ReadonlySet<string>): Sliced<void> {
    for (const family of Array.from(this.#since.keys())) if (!wanted.has(family)) yield* this.#drop(family);
  }

  #familiesOf(promql: string): readonly string[] {
    const expr = this.#parse(promql);
    return expr instanceof ParseError ? [] : needsOf(expr, 0).flatMap(({ families }) => families ?? []);
  }

  #watch(families: KindFamilies): WatchedKind {
    const known = this.#kinds.get(families);
    if (known !== undefined) return known;
    const watched: WatchedKind = {
      families,
      wanted: new Set(),
      objects: new Map(),
      changed: new Set(),
      unsubscribe: undefined,
    };
    this.#kinds.set(families, watched);
    watched.unsubscribe = this.#feed.subscribe(families, (before, after) => {
      const object = after ?? before;
      if (object === undefined) return;
      const key = keyOf(object);
      if (after === undefined) watched.objects.delete(key);
      else watched.objects.set(key, after);
      watched.changed.add(key);
    });
    return watched;
  }

  /** One sampling instant: now. */
  async sample(signal: AbortSignal): Promise<void> {
    const polled = new Map<Poller, readonly Wanted[] | undefined>();
    for (const poller of this.#pollers)
      if (this.#isWanted(poller)) polled.set(poller, await this.#poll(poller, signal));
    await this.#alone(() => this.#runner.run(this.#take(polled)));
  }

  /**
   * One user of the storage at a time: between the slices of an evaluation others run, and the storage must stay as the
   * evaluation found it.
   */
  #alone<T>(use: () => T | Promise<T>): Promise<T> {
    const used = this.#using.then(use);
    this.#using = used.catch(() => undefined);
    return used;
  }

  *#take(polled: ReadonlyMap<Poller, readonly Wanted[] | undefined>): Sliced<void> {
    const at = this.#clock.now();
    const last = this.#store.covered?.to;
    // The wall clock was set back: samples would be out of order. Nothing is known until it has caught up.
    if (last !== undefined && at <= last) return;
    yield* this.#store.tickInPieces(at);
    for (const watched of this.#kinds.values()) yield* this.#apply(watched);
    for (const [poller, series] of polled) if (series !== undefined) yield* this.#applyPolled(poller, series);
    for (const [family, since] of this.#since)
      if (since === undefined && this.#isReady(family)) this.#since.set(family, at);
  }

  #isReady(family: string): boolean {
    const kind = this.#kindOf.get(family);
    if (kind !== undefined) return this.#feed.hasSynced(kind);
    const poller = this.#pollerOf(family);
    return (
      poller !== undefined && poller.problem === undefined && poller.kinds.every((owner) => this.#feed.hasSynced(owner))
    );
  }

  /** What changes meanwhile is taken as it is then, or at the next tick. */
  *#apply({ families, wanted, objects, changed }: WatchedKind): Sliced<void> {
    for (const key of Array.from(changed)) {
      changed.delete(key);
      const object = objects.get(key);
      const series: Wanted[] = [];
      if (object !== undefined) {
        for (const family of wanted)
          families.families[family]?.(object, (labels, value) => series.push({ family, labels, value }));
      }
      this.#series.replace(this.#ownerOf(families, key), series);
      yield;
    }
  }

  async #poll(poller: Poller, signal: AbortSignal): Promise<readonly Wanted[] | undefined> {
    const series = await poller.poll(
      { isWanted: (family) => this.#since.has(family), objects: (kind) => this.#kinds.get(kind)?.objects ?? new Map() },
      signal,
    );
    // What was known grows old: the windows begin anew when it answers again.
    if (series === undefined)
      for (const family of this.#since.keys()) if (poller.provides(family)) this.#since.set(family, undefined);
    return series?.filter(({ family }) => this.#since.has(family));
  }

  *#applyPolled({ name }: Poller, series: readonly Wanted[]): Sliced<void> {
    const byOwner = new Map<string, Wanted[]>(this.#series.owners(`${name}/`).map((owner) => [owner, []]));
    for (const wanted of series) {
      const { namespace = '', pod, persistentvolumeclaim, node = '' } = wanted.labels;
      const owner = `${name}/${node}/${namespace}/${pod ?? persistentvolumeclaim ?? ''}`;
      const list = byOwner.get(owner) ?? [];
      list.push(wanted);
      byOwner.set(owner, list);
    }
    for (const [owner, list] of byOwner) {
      this.#series.replace(owner, list);
      yield;
    }
  }

  async query(promql: string, at: Instant, signal: AbortSignal): Promise<MetricResult> {
    return this.#alone(() => this.#query(promql, at, signal));
  }

  async #query(promql: string, at: Instant, signal: AbortSignal): Promise<MetricResult> {
    signal.throwIfAborted();
    const expr = this.#parse(promql);
    if (expr instanceof ParseError) return unknown('InvalidQuery', expr.message);
    const native = callsOf(expr).find(({ func }) => NATIVE_ONLY.has(func.name));
    if (native !== undefined)
      return unknown('InvalidQuery', `${native.func.name} reads native histograms, which are not kept here`);
    this.refer(promql);
    const last = this.#store.covered?.to;
    if (last !== undefined && at - last > MAX_SILENT_INTERVALS * this.#settings.intervalMs) {
      return unknown('NotCovered', `nothing was sampled for the last ${Math.round((at - last) / 1000)} s`);
    }
    for (const need of needsOf(expr, at)) {
      const refusal = this.#refuse(need, at);
      if (refusal !== undefined) return refusal;
    }
    return await this.#evaluate(expr, at, signal);
  }

  #refuse({ families, from, selector }: Need, at: Instant): MetricResult | undefined {
    if (families === undefined)
      return unknown('NoSuchFamily', 'a selector must name its metrics here, exactly or as alternatives');
    // Scraped series carry these; a matcher on them would find nothing here and look like an empty answer.
    const scraped = selector.matchers.find(({ name }) => name === 'job' || name === 'instance');
    if (scraped !== undefined)
      return unknown('NoSuchFamily', `embedded series have no label ${scraped.name}: leave it out of the query`);
    for (const family of families) {
      const poller = this.#kindOf.has(family) ? undefined : this.#pollerOf(family);
      if (poller === undefined && !this.#kindOf.has(family))
        return unknown(
          'NoSuchFamily',
          `nothing provides ${family}${replacementFor(family)}${allowListFor(family)}${hintOf(family, this.#pollers)}`,
        );
      if (poller?.problem !== undefined) return unknown(poller.problem.reason, poller.problem.message);
      const since = this.#since.get(family);
      if (since === undefined) return unknown('NotCovered', `${family} has not been read yet`);
      if (from < since - this.#settings.intervalMs) {
        const reach = Math.round((at - from) / 1000);
        return unknown(
          'NotCovered',
          `${family} is known since ${toTimestamp(since)} only, and the query looks back ${reach} s`,
        );
      }
    }
    return undefined;
  }

  async #evaluate(expr: Expr, at: Instant, signal: AbortSignal): Promise<MetricResult> {
    try {
      return await this.#runner.run(this.#evaluation(expr, at, signal));
    } catch (error) {
      if (!(error instanceof EvaluationError)) throw error;
      return unknown('Failed', error.message);
    }
  }

  *#evaluation(expr: Expr, at: Instant, signal: AbortSignal): Sliced<MetricResult> {
    const result = yield* instantInSlices(expr, this.#store, {
      atMs: at,
      limits: this.#settings.evaluation,
      clock: this.#clock,
      signal,
    });
    const { warnings } = result;
    if (result.type === 'scalar') return { type: 'scalar', value: result.value, warnings };
    if (result.type !== 'vector')
      return unknown('InvalidQuery', `the query answers a ${result.type}, not a vector or scalar`, warnings);
    const samples: MetricSample[] = [];
    yield* inPieces(result.samples.length, (from, to) => {
      for (const { labels, value } of result.samples.slice(from, to))
        samples.push({ labels: labels.toRecord(), value });
    });
    return { type: 'vector', samples, warnings };
  }

  #ownerOf(families: KindFamilies, key: string): string {
    return `${this.#made.indexOf(families)}/${key}`;
  }

  #parse(promql: string): Expr | ParseError {
    const known = this.#parsed.get(promql);
    if (known !== undefined) return known;
    if (this.#parsed.size >= MAX_PARSED) this.#parsed.clear();
    const parsed = tryParse(promql);
    this.#parsed.set(promql, parsed);
    return parsed;
  }
}

function tryParse(promql: string): Expr | ParseError {
  try {
    return parse(promql);
  } catch (error) {
    if (error instanceof ParseError) return error;
    throw error;
  }
}

/** Which permission would bring what only kubelets know. */
const hintOf = (family: string, pollers: readonly Poller[]): string =>
  !/^(kubelet_volume_stats|container|machine)_/.test(family) ||
  pollers.some((poller) => poller instanceof KubeletPoller)
    ? ''
    : "; kubelets may, and are asked when `kubeletMetrics` of the operator's configuration says so";

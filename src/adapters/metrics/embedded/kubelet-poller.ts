/**
 * What kubelets say of themselves, through the API server. Off unless the configuration asks for it: it needs
 * `nodes/proxy`, which reaches all that a kubelet serves.
 *
 * A ready node whose kubelet does not answer makes these families Unknown: which series are missing nobody knows. A
 * node that is not ready is left out, as its pods are.
 */
import type { KubeletFeed } from '../../../operator/ports.ts';
import { listAt, type Readable, textAt } from './family.ts';
import { readExposition } from './exposition.ts';
import { POD_FAMILIES, summarySeries, VOLUME_FAMILIES } from './kubelet-summary.ts';
import { NODE } from './node.ts';
import type { Wanted } from './object-series.ts';
import type { PollContext, Poller, PollProblem } from './poller.ts';
import { USAGE_FAMILIES } from './registry.ts';

/** `summary`: `/stats/summary`. `all`: `/metrics/cadvisor` too. */
export type KubeletMetrics = 'summary' | 'all';

/** Enough to hide the way there, few enough that API servers, which pass everything on, do not notice. */
const PARALLEL = 8;

const CADVISOR = /^(container|machine)_/;

/** Before any kubelet was asked. */
export function mayProvide(family: string, metrics: KubeletMetrics): boolean {
  if (USAGE_FAMILIES.has(family)) return false;
  return (
    VOLUME_FAMILIES.has(family) || isOfPage(family, metrics) || (metrics === 'summary' && POD_FAMILIES.has(family))
  );
}

const isOfPage = (family: string, metrics: KubeletMetrics): boolean => metrics === 'all' && CADVISOR.test(family);

interface Answered {
  readonly series: readonly Wanted[];
  readonly families: ReadonlySet<string>;
}

export class KubeletPoller implements Poller {
  readonly name = 'kubelet';
  readonly kinds = [NODE];
  problem: PollProblem | undefined = { reason: 'SourceDown', message: 'the kubelets have not been asked yet' };
  readonly #feed: KubeletFeed;
  readonly #metrics: KubeletMetrics;
  /** The last answers, which stand in for a kubelet that is silent for a moment. */
  #answered = new Map<string, Answered>();
  /** Names that cAdvisor publishes here; undefined before the first answer. */
  #published: Set<string> | undefined;

  constructor(feed: KubeletFeed, metrics: KubeletMetrics) {
    this.#feed = feed;
    this.#metrics = metrics;
  }

  provides(family: string): boolean {
    return (
      mayProvide(family, this.#metrics) && (!isOfPage(family, this.#metrics) || (this.#published?.has(family) ?? true))
    );
  }

  async poll({ isWanted, objects }: PollContext, signal: AbortSignal): Promise<readonly Wanted[] | undefined> {
    const nodes = [...objects(NODE).values()].filter(isReady).map(({ metadata }) => metadata.name);
    const waiting = [...nodes];
    const answered = new Map<string, Answered>();
    const failures: string[] = [];
    const ask = async (): Promise<void> => {
      for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
        try {
          answered.set(node, await this.#read(node, isWanted, signal));
        } catch (error) {
          if (signal.aborted) throw error;
          failures.push(
            `the kubelet of node ${node} does not answer: ${error instanceof Error ? error.message : String(error)}`,
          );
        }
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, ask));
    const [first] = failures.toSorted();
    const more = failures.length > 1 ? ` (and ${failures.length - 1} more)` : '';
    if (answered.size === 0 && first !== undefined) {
      this.problem = { reason: 'SourceDown', message: `${first}${more}` };
      return undefined;
    }
    this.problem = first === undefined ? undefined : { reason: 'Partial', message: `${first}${more}` };
    if (first === undefined) this.#published = new Set([...answered.values()].flatMap(({ families }) => [...families]));
    for (const node of nodes) {
      const before = this.#answered.get(node);
      if (!answered.has(node) && before !== undefined) answered.set(node, before);
    }
    this.#answered = answered;
    return [...answered.values()].flatMap(({ series }) => series);
  }

  async #read(node: string, isWanted: (family: string) => boolean, signal: AbortSignal): Promise<Answered> {
    const isCadvisor = this.#metrics === 'all';
    const ofSummary = [...VOLUME_FAMILIES, ...(isCadvisor ? [] : POD_FAMILIES)];
    const series: Wanted[] = [];
    if (ofSummary.some(isWanted)) {
      const families = new Set(ofSummary);
      const summary = await this.#feed.get(node, 'stats/summary', signal);
      if (typeof summary !== 'object') throw new Error('/stats/summary is not JSON');
      series.push(...summarySeries(summary, node).filter(({ family }) => families.has(family)));
    }
    if (!isCadvisor) return { series, families: new Set() };
    const text = await this.#feed.get(node, 'metrics/cadvisor', signal);
    const page =
      typeof text === 'string'
        ? readExposition(text, (family) => CADVISOR.test(family) && isWanted(family))
        : undefined;
    if (page === undefined) throw new Error('/metrics/cadvisor is not in the text format of Prometheus');
    return {
      series: [...series, ...page.series.map((one) => ({ ...one, labels: { ...one.labels, node } }))],
      families: page.families,
    };
  }
}

const isReady = (node: Readable): boolean =>
  listAt(node, 'status', 'conditions').some(
    (one) => textAt(one, 'type') === 'Ready' && textAt(one, 'status') === 'True',
  );

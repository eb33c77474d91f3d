/** `metrics.k8s.io` as a source of series. */
import { keyOf } from '../../../kube/resource.ts';
import type { UsageFeed } from '../../../operator/ports.ts';
import { NODE } from './node.ts';
import type { Wanted } from './object-series.ts';
import { POD } from './pod.ts';
import type { PollContext, Poller, PollProblem } from './poller.ts';
import { USAGE_FAMILIES } from './registry.ts';
import { UsageMeters } from './usage.ts';

export class UsagePoller implements Poller {
  readonly name = 'usage';
  /** Shares of limits and of what is allocatable need these. */
  readonly kinds = [POD, NODE];
  problem: PollProblem | undefined = { reason: 'SourceDown', message: 'metrics.k8s.io has not been asked yet' };
  readonly #feed: UsageFeed;
  readonly #pods = new UsageMeters();
  readonly #nodes = new UsageMeters();

  constructor(feed: UsageFeed) {
    this.#feed = feed;
  }

  provides(family: string): boolean {
    return USAGE_FAMILIES.has(family);
  }

  async poll({ isWanted, objects }: PollContext, signal: AbortSignal): Promise<readonly Wanted[] | undefined> {
    try {
      const [pods, nodes] = await Promise.all([this.#feed.pods(signal), this.#feed.nodes(signal)]);
      this.problem = undefined;
      return [
        ...this.#pods.read(pods, (metrics) => objects(POD).get(keyOf(metrics)), isWanted),
        ...this.#nodes.read(nodes, (metrics) => objects(NODE).get(keyOf(metrics)), isWanted),
      ];
    } catch (error) {
      if (signal.aborted) throw error;
      const why = error instanceof Error ? error.message : String(error);
      this.problem = { reason: 'SourceDown', message: `metrics.k8s.io does not answer: ${why}` };
      return undefined;
    }
  }
}

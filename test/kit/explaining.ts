/** What `kubeskippy explain` prints of an embedded cluster, beside the operator that runs there. */
import { metricsProvider } from '../../src/adapters/metrics/provider.ts';
import { explained, explainText } from '../../src/cli/explain/explain-text.ts';
import { decisionsOn, type Question } from '../../src/cli/explain/live-decisions.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../src/operator/ports.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import { Prng } from '../../src/std/prng.ts';
import type { OperatorOptions, TestCluster } from './test-cluster.ts';

export interface Printed {
  readonly text: string;
  /** Requests that it has sent and that are no reads. */
  readonly writes: readonly string[];
  /** Caches that it still waited for at its end. */
  readonly waitingFor: readonly string[];
}

const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** `explain` ends by itself after 30 seconds. */
const LIMIT_MS = 60_000;

/**
 * `as`: the configuration and the sources of metrics of the operator that runs there, and how wide the terminal is
 * (default: 80 columns).
 */
export async function explaining(
  { clock, sandbox }: Pick<TestCluster, 'clock' | 'sandbox'>,
  asked: Question,
  as: Pick<OperatorOptions, 'config' | 'servers'> & { readonly width?: number } = {},
): Promise<Printed> {
  const writes: string[] = [];
  const inner = sandbox.transport();
  const transport: Transport = {
    send: (request, signal) => {
      if (request.method !== 'GET') writes.push(`${request.method} ${request.path}`);
      return inner.send(request, signal);
    },
  };
  const config = { ...DEFAULT_OPERATOR_CONFIG, ...as.config };
  const { servers = new Map() } = as;
  const metrics = metricsProvider({ intervalMs: config.evaluationIntervalMs, servers });
  const prng = new Prng(5);
  let isOver = false;
  const heard = decisionsOn({ clock, prng, secureRandom: () => 0.5, transport, metrics, logger }, config, {
    asked,
    signal: new AbortController().signal,
  }).finally(() => {
    isOver = true;
  });
  await clock.advanceUntil(() => isOver, LIMIT_MS);
  const { decisions, waitingFor } = await heard;
  const what = [asked.kind, [asked.namespace, asked.name].filter((part) => part !== undefined).join('/')].join(' ');
  return { writes, waitingFor, text: explainText(what, explained(decisions), as.width ?? 80) };
}

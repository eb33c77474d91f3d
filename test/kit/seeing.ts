/** The roles Seeing, LiveReads and Stores on an embedded API server, with the requests that are made. */
import { metricsProvider } from '../../src/adapters/metrics/provider.ts';
import { CacheSet } from '../../src/kube/cache-set.ts';
import { KubeClient } from '../../src/kube/client.ts';
import { Discovery } from '../../src/kube/discovery.ts';
import { DEFAULT_OPERATOR_CONFIG } from '../../src/operator/ports.ts';
import type { LiveReads, Seeing, Stores } from '../../src/operator/roles.ts';
import { PolicyBook } from '../../src/operator/target/policy-book.ts';
import { openSeeing } from '../../src/operator/seeing.ts';
import type { Transport } from '../../src/shapes/transport.ts';
import { Prng } from '../../src/std/prng.ts';
import { settle } from '../../src/std/clock.ts';
import { testSeals } from './seals.ts';
import type { TestCluster } from './test-cluster.ts';

export interface SeeingOnCluster {
  readonly seeing: Seeing;
  readonly live: LiveReads;
  readonly stores: Stores;
  readonly book: PolicyBook;
  /** Paths that were read since the caches have synced, in order. */
  readonly reads: string[];
  /** Until the caches show what the cluster has. */
  readonly caughtUp: () => Promise<void>;
  /** The caches see nothing of what happens from now on. */
  readonly lag: () => Promise<void>;
}

export async function seeingOn(cluster: TestCluster): Promise<SeeingOnCluster> {
  const { clock } = cluster;
  const reads: string[] = [];
  const inner = cluster.sandbox.transport();
  const recorded: Transport = {
    send: (request, signal) => {
      reads.push(request.path.split('?')[0] ?? '');
      return inner.send(request, signal);
    },
  };
  const clientOn = (transport: Transport) => new KubeClient({ transport, clock, fieldManager: 'test' });
  const prng = new Prng(1);
  const caches = new CacheSet({ client: clientOn(inner), prng });
  const logger = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const book = new PolicyBook();
  const { seeing, stores } = openSeeing({
    dependencies: {
      clock,
      prng,
      secureRandom: () => 0.5,
      transport: inner,
      audit: { record: () => Promise.resolve() },
      metrics: metricsProvider({ intervalMs: DEFAULT_OPERATOR_CONFIG.evaluationIntervalMs }),
      logger,
    },
    config: DEFAULT_OPERATOR_CONFIG,
    client: clientOn(recorded),
    seals: testSeals(),
    kubeletClient: clientOn(inner),
    caches,
    book,
    metricCaches: new CacheSet({ client: clientOn(inner), prng }),
    lookClient: clientOn(inner),
    onLooked: () => undefined,
    onAdvice: () => undefined,
    signal: new AbortController().signal,
    leapMs: () => 0,
    onShared: () => undefined,
    announce: () => undefined,
    onRound: () => undefined,
  });
  const client = clientOn(recorded);
  const discovery = new Discovery(clientOn(inner));
  const live = { client, resolve: (apiVersion: string, kind: string) => discovery.resolve(apiVersion, kind) };
  const synced = caches.synced(new AbortController().signal);
  await clock.advance(1);
  await synced;
  reads.length = 0;
  const caughtUp = async () => {
    await clock.advance(1);
    await settle();
  };
  return { seeing, live, stores, book, reads, caughtUp, lag: () => caches.stop() };
}

/** The embedded metric source over caches that a test fills. */
import { EmbeddedSource } from '../../src/adapters/metrics/embedded/embedded-source.ts';
import type { ObjectChange, ObjectFeed, UsageFeed } from '../../src/operator/ports.ts';
import { type MetricAllowLists, NOTHING_ALLOWED } from '../../src/api/metric-allow-lists.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { VirtualClock } from '../../src/std/clock.ts';
import { given } from '../../src/std/given.ts';

const signal = new AbortController().signal;

/** Watch caches as a test sets them. */
class Objects implements ObjectFeed {
  readonly #objects = new Map<string, KubeObject>();
  readonly #handlers = new Map<string, Set<ObjectChange>>();
  synced = true;

  subscribe({ kind }: { kind: string }, onChange: ObjectChange): () => void {
    const handlers = this.#handlers.get(kind) ?? new Set();
    handlers.add(onChange);
    this.#handlers.set(kind, handlers);
    for (const object of this.#objects.values()) if (object.kind === kind) onChange(undefined, object);
    return () => handlers.delete(onChange);
  }

  hasSynced(): boolean {
    return this.synced;
  }

  put(object: KubeObject): void {
    const key = `${object.kind}/${object.metadata.name}`;
    const before = this.#objects.get(key);
    this.#objects.set(key, object);
    for (const handler of this.#handlers.get(object.kind) ?? []) handler(before, object);
  }

  remove(kind: string, name: string): void {
    const before = this.#objects.get(`${kind}/${name}`);
    this.#objects.delete(`${kind}/${name}`);
    for (const handler of this.#handlers.get(kind) ?? []) handler(before, undefined);
  }
}

/** That waits in a crash loop. */
export const loopingPod = (name: string, restartCount: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'shop', uid: `uid-${name}` },
  spec: {
    nodeName: 'n1',
    containers: [{ name: 'app', resources: { limits: { memory: '200Mi' }, requests: { cpu: '500m' } } }],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'True' }],
    containerStatuses: [{ name: 'app', restartCount, ready: true, state: { waiting: { reason: 'CrashLoopBackOff' } } }],
  },
});

/** The source over objects that a test puts, sampled when the test says so. */
export function embeddedMetrics(usage?: UsageFeed, allowed: MetricAllowLists = NOTHING_ALLOWED) {
  const clock = new VirtualClock();
  const objects = new Objects();
  const source = new EmbeddedSource({ clock, objects, allowed, ...given({ usage }) });
  return {
    clock,
    objects,
    source,
    ask: (promql: string) => source.query(promql, clock.now(), signal),
    rounds: async (count: number, each: (round: number) => void = () => undefined) => {
      for (let round = 0; round < count; round++) {
        each(round);
        await source.sample(signal);
        await clock.advance(15_000);
      }
    },
  };
}

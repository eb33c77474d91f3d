/**
 * The same policies by the embedded source and by a real Prometheus that scrapes the cluster: the same objects healed,
 * the same others left alone.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROMETHEUS_DEFAULTS, PrometheusSource } from '../../src/adapters/metrics/prometheus.ts';
import type { KubeObject } from '../../src/shapes/kube.ts';
import type { MetricSource } from '../../src/operator/ports.ts';
import type { HttpServer } from '../../src/sandbox/index.ts';
import { systemClock } from '../../src/std/clock.ts';
import { Prng } from '../../src/std/prng.ts';
import { hasPrometheus, PrometheusServer } from '../kit/prometheus.ts';
import { ClusterUnderTest, deployment, policy, type RunningOperator } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, PODS, POLICIES } from '../kit/resources.ts';

/**
 * Real time passes here, so windows and durations are those of the rules divided by fifteen; a server scrapes every
 * second.
 */
const RULES: Readonly<Record<string, Record<string, unknown>>> = {
  'crash-loop': { query: 'rate(kube_pod_container_status_restarts_total[20s])', threshold: 0.04, duration: '2s' },
  'memory-leak': {
    query: `100 * sum by (namespace, pod) (container_memory_working_set_bytes)
      / sum by (namespace, pod) (kube_pod_container_resource_limits{resource="memory"})`,
    threshold: 85,
    duration: '3s',
  },
};

const limited = (name: string, script: unknown): KubeObject => {
  const made = deployment(name, script);
  const spec = made['spec'] as { template: { spec: { containers: object[] } } };
  spec.template.spec.containers = [
    { name: 'main', image: 'registry.example/app:1', resources: { limits: { memory: '200Mi' } } },
  ];
  return made;
};

/**
 * Only the first revision is ill, so that new pods are well. The leak meets its limit after a minute, and 85 % after
 * half of it.
 */
const WORKLOADS: readonly KubeObject[] = [
  deployment('looping', [{ when: { revision: 1 }, exit: { after: '1s', code: 1 } }]),
  limited('leaking', [
    { when: { revision: 1 }, memory: { from: '140Mi', growth: '1Mi' } },
    { memory: { from: '40Mi' } },
  ]),
  limited('steady', { memory: { from: '140Mi' } }),
  deployment('once', { when: { restarts: '<1' }, exit: { after: '1s', code: 1 } }),
  deployment('healthy'),
];

const LIMIT_MS = 110_000;

class Play {
  readonly cluster = new ClusterUnderTest(systemClock, { nodes: 2 });
  #operator: RunningOperator | undefined;
  readonly #killed = new Set<string>();

  begin(server?: MetricSource): void {
    const config = { evaluationIntervalMs: 1000 };
    this.#operator = this.cluster.operator(
      server === undefined ? { config } : { config, servers: new Map([['prometheus', server]]) },
    );
    this.cluster.cluster.subscribe(PODS, ({ object }) => {
      if (JSON.stringify(object['status'] ?? {}).includes('OOMKilled'))
        this.#killed.add(object.metadata.labels?.['app'] ?? object.metadata.name);
    });
    for (const workload of WORKLOADS) this.cluster.cluster.create(DEPLOYMENTS, workload);
    for (const [name, trigger] of Object.entries(RULES)) {
      const triggers = [{ name: 'measured', type: 'metric', metricTrigger: { operator: '>', ...trigger } }];
      const made = policy({ triggers });
      this.cluster.cluster.create(POLICIES, { ...made, metadata: { ...made.metadata, name } });
    }
  }

  /** What was done to whom and how it ended, and who was killed by then. */
  async outcome(): Promise<unknown> {
    const until = systemClock.now() + LIMIT_MS;
    const ended = (): boolean => {
      const phases = this.cluster.phases();
      return phases.length >= 2 && phases.every((phase) => phase === 'Succeeded' || phase === 'Failed');
    };
    while (!ended() && systemClock.now() < until) await systemClock.until(systemClock.now() + 250);
    const actions = this.cluster.actions().map(({ metadata, spec, status }) => {
      const { targetResource, action } = spec as {
        targetResource: { kind: string; name: string };
        action: { type: string };
      };
      const { phase } = status as { phase?: string };
      return `${metadata.labels?.['kubeskippy.io/policy']}: ${action.type} ${targetResource.kind} ${targetResource.name}: ${phase}`;
    });
    return { actions: actions.sort(), killed: [...this.#killed] };
  }

  async end(): Promise<void> {
    this.#operator?.kill();
    await this.cluster.sandbox.close();
  }
}

const HEALED = {
  actions: ['crash-loop: restart Deployment looping: Succeeded', 'memory-leak: restart Deployment leaking: Succeeded'],
  killed: [],
};

const isInstalled = hasPrometheus();

describe('a crash loop and a memory leak, of which only metrics tell,', () => {
  // Both begin at once, since most of the time is waiting.
  const embedded = new Play();
  const scraped = new Play();
  let http: HttpServer | undefined;
  let server: PrometheusServer | undefined;
  beforeAll(async () => {
    if (isInstalled) {
      http = await scraped.cluster.sandbox.serve({ port: 0 });
      server = await PrometheusServer.start({ targets: [`127.0.0.1:${http.port}`] });
      scraped.begin(
        new PrometheusSource({ ...PROMETHEUS_DEFAULTS, url: server.url }, { clock: systemClock, random: new Prng(1) }),
      );
    }
    embedded.begin();
  });
  afterAll(async () => {
    await embedded.end();
    await scraped.end();
    await server?.stop();
    await http?.close();
  });

  it('are healed by the embedded source, the leak before it is killed', async () => {
    expect(await embedded.outcome()).toEqual(HEALED);
  });

  it.skipIf(!isInstalled)('are healed just the same by the answers of a real Prometheus', async () => {
    expect(await scraped.outcome()).toEqual(HEALED);
    const page = await (await fetch(`${server?.url}/metrics`)).text();
    const asked = /^prometheus_http_requests_total\{code="200",handler="\/api\/v1\/query"\} (\d+)$/m.exec(page)?.[1];
    expect(Number(asked)).toBeGreaterThan(20);
  });
});

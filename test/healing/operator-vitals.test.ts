/** What `/metrics` tells of a healing: each series has what the cluster has. */
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { operatorMetrics } from '../../src/adapters/operator-metrics.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';
import { CRASHES, CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';

async function played(
  script: unknown,
  spec: Record<string, unknown>,
): Promise<(name: string) => Promise<readonly string[]>> {
  const registry = new Registry();
  const world = new TestCluster();
  world.operator({ actions: { observer: operatorMetrics(registry) } });
  world.cluster.create(DEPLOYMENTS, deployment('web', script));
  world.cluster.create(POLICIES, policy(spec));
  await world.clock.advance(120_000);
  return async (name) => {
    const lines = (await registry.metrics()).split('\n');
    return lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
  };
}

describe('the metrics of an operator', () => {
  it('count requests by what they are, and the stages of an episode by cause', async () => {
    const series = await played(CRASHES_UNTIL_RESTARTED, {});
    const requests = await series('kubeskippy_api_requests_total');
    expect(requests).toContain('kubeskippy_api_requests_total{verb="patch",resource="deployments.apps",code="200"} 1');
    expect(requests).toContain('kubeskippy_api_requests_total{verb="watch",resource="pods",code="200"} 1');
    const stages = await series('kubeskippy_episode_stage_seconds_count');
    expect(stages).toEqual([
      expect.stringMatching(/stage="acted",cause="\w+",type="restart"\} 1$/),
      expect.stringMatching(/stage="healed",cause="\w+",type="restart"\} 1$/),
    ]);
    const [acted, healed] = await series('kubeskippy_episode_stage_seconds_sum');
    const seconds = (line = ''): number => Number(line.split(' ').at(-1));
    expect(seconds(acted)).toBeGreaterThan(15);
    expect(seconds(healed)).toBeGreaterThan(seconds(acted));
  });

  it('count actions by what they are and why, what holds healing back, and queries by their source', async () => {
    const healed = await played(CRASHES_UNTIL_RESTARTED, {});
    expect(await healed('kubeskippy_healing_actions_total')).toContain(
      'kubeskippy_healing_actions_total{type="restart",phase="Succeeded",reason="Verified"} 1',
    );
    const trigger = { query: 'kube_deployment_status_replicas_unavailable', operator: '>', threshold: 0 };
    const byMetric = await played(CRASHES, {
      triggers: [{ name: 'unavailable', type: 'metric', metricTrigger: { ...trigger, duration: '15s' } }],
      safetyRules: { maxActionsPerHour: 0 },
    });
    expect(await byMetric('kubeskippy_healing_blocked_total')).toEqual([
      expect.stringMatching(/\{reason="RateLimited"\} [1-9]/),
    ]);
    expect(await byMetric('kubeskippy_metric_queries_total')).toContainEqual(
      expect.stringMatching(/\{source="embedded",outcome="answered"\} [1-9]/),
    );
  });

  it('tell at each scrape how policies, targets, caches and queues are', async () => {
    const series = await played(CRASHES, { safetyRules: { maxActionsPerHour: 0 } });
    expect(await series('kubeskippy_policies')).toEqual(['kubeskippy_policies{reason="Ready"} 1']);
    expect(await series('kubeskippy_targets')).toEqual([
      'kubeskippy_targets{state="matched"} 1',
      'kubeskippy_targets{state="unhealthy"} 1',
      'kubeskippy_targets{state="unknown"} 0',
    ]);
    expect(await series('kubeskippy_firing_targets')).toEqual(['kubeskippy_firing_targets 1']);
    expect(await series('kubeskippy_cache_objects')).toContain(
      'kubeskippy_cache_objects{resource="healingpolicies.kubeskippy.io"} 1',
    );
    expect(await series('kubeskippy_cache_deaf_seconds')).toContain('kubeskippy_cache_deaf_seconds{resource="pods"} 0');
    expect(await series('kubeskippy_queue_keys')).toContain('kubeskippy_queue_keys{queue="targets",state="waiting"} 0');
    expect(await series('kubeskippy_queue_oldest_seconds')).toContain(
      'kubeskippy_queue_oldest_seconds{queue="actions"} 0',
    );
  });
});

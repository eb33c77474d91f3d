import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { CRASHES_UNTIL_RESTARTED, deployment, policy, TestCluster } from '../kit/test-cluster.ts';
import { DEPLOYMENTS, POLICIES } from '../kit/resources.ts';

const metric = (query: string, threshold: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  triggers: [
    { name: 'measured', type: 'metric', metricTrigger: { query, operator: '>', threshold, duration: '30s', ...more } },
  ],
});
/** Three restarts in five minutes. */
const RESTARTS = metric('rate(kube_pod_container_status_restarts_total[5m])', 0.009);

const condition = (world: TestCluster, type: string, name = 'crash-loops') =>
  world.status(name).conditions?.find((one) => one.type === type);

const leaking = (name: string): KubeObject => {
  const made = deployment(name, [
    { when: { revision: 1 }, memory: { from: '40Mi', growth: '200Ki' } },
    { memory: { from: '40Mi' } },
  ]);
  const spec = made['spec'] as { template: { spec: { containers: object[] } } };
  spec.template.spec.containers = [{ name: 'main', image: 'app:1', resources: { limits: { memory: '200Mi' } } }];
  return made;
};

/** The example that people copy has to work. */
function documentedPolicy(): KubeObject {
  const page = readFileSync(join(import.meta.dirname, '../../docs/how-to/metric-rules.md'), 'utf8');
  const object = parse(/```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '') as KubeObject;
  return { ...object, metadata: { ...object.metadata, namespace: 'default' } };
}

describe('metric triggers without any Prometheus', () => {
  it('heal the crash-looping Deployment that the series of its pods name, and no other', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, deployment('healthy'));
    world.cluster.create(DEPLOYMENTS, deployment('looping', CRASHES_UNTIL_RESTARTED));
    world.cluster.create(POLICIES, policy(RESTARTS));
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(
      world.actions().map(({ spec }) => (spec as { targetResource: { name: string } }).targetResource.name),
    ).toEqual(['looping']);
    await world.clock.advance(600_000);
    expect(world.phases()).toEqual(['Succeeded']);
    expect([world.status('crash-loops').firing, condition(world, 'MetricsAvailable')?.status]).toEqual([0, 'True']);
  });

  it('heal a memory leak before the OOM kill', async () => {
    const world = new TestCluster();
    world.operator();
    world.cluster.create(DEPLOYMENTS, leaking('leaking'));
    world.cluster.create(POLICIES, policy(metric('memory_usage_percent', 85)));
    expect(await world.until(() => world.phases().includes('Succeeded'), 1_800_000)).toBe(true);
    const killed = world.cluster
      .list({ group: '', version: 'v1', resource: 'events' })
      .filter(({ reason }) => reason === 'OOMKilling');
    expect(killed).toEqual([]);
    expect(JSON.stringify(world.cluster.list({ group: '', version: 'v1', resource: 'pods' }))).not.toContain(
      'OOMKilled',
    );
  });

  it('heal a crash loop and a leak by the policy of the documentation', async () => {
    const world = new TestCluster();
    world.operator();
    for (const made of [deployment('healthy'), deployment('looping', CRASHES_UNTIL_RESTARTED), leaking('leaking')])
      world.cluster.create(DEPLOYMENTS, made);
    world.cluster.create(POLICIES, documentedPolicy());
    expect(
      await world.until(() => world.phases().filter((phase) => phase === 'Succeeded').length === 2, 1_800_000),
    ).toBe(true);
    const healed = world.actions().map(({ spec }) => {
      const { targetResource, trigger } = spec as { targetResource: { name: string }; trigger: string };
      return `${targetResource.name}: ${trigger}`;
    });
    expect(healed.sort()).toEqual(['leaking: leaking', 'looping: restarting']);
    expect(JSON.stringify(world.cluster.list({ group: '', version: 'v1', resource: 'pods' }))).not.toContain(
      'OOMKilled',
    );
  });
});

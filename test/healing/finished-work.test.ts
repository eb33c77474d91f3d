/** What has ended is not sick (I42): pods that have completed, and Jobs that are done. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../src/shapes/kube.ts';
import { DEPLOYMENTS, JOBS, PODS, POLICIES } from '../kit/resources.ts';
import { deployment, FIRST_POD_CRASHES, policy, TestCluster } from '../kit/test-cluster.ts';

const job = (name: string): KubeObject => ({
  apiVersion: 'batch/v1',
  kind: 'Job',
  metadata: { name, namespace: 'default', labels: { app: name } },
  spec: {
    template: {
      metadata: {
        labels: { app: name },
        annotations: { 'sandbox.kubeskippy.io/script': JSON.stringify([{ exit: { after: '2s', code: 0 } }]) },
      },
      spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'registry.example/report:1' }] },
    },
  },
});
const notReady = (more: Record<string, unknown> = {}) =>
  policy({
    selector: { resources: [{ apiVersion: 'v1', kind: 'Pod' }] },
    triggers: [
      { name: 'not-ready', type: 'condition', conditionTrigger: { type: 'Ready', status: 'False', duration: '10s' } },
    ],
    ...more,
  });

async function finished(count: number): Promise<TestCluster> {
  const world = new TestCluster();
  world.operator();
  for (let i = 0; i < count; i++) world.cluster.create(JOBS, job(`report-${i}`));
  const done = () =>
    world.cluster.list(PODS).filter((pod) => (pod['status'] as { phase?: string }).phase === 'Succeeded');
  expect(await world.until(() => done().length === count)).toBe(true);
  return world;
}

describe('finished work', () => {
  it('is not restarted because its pods are not ready (I42)', async () => {
    const world = await finished(1);
    world.cluster.create(POLICIES, notReady());
    await world.clock.advance(120_000);
    expect([world.actions(), world.status('crash-loops').targets]).toEqual([
      [],
      { matched: 1, unhealthy: 0, unknown: 0 },
    ]);
  });

  it('of three Jobs is no mass failure: the pod that crashes beside them is healed (I42)', async () => {
    const world = await finished(3);
    world.cluster.create(DEPLOYMENTS, deployment('web', FIRST_POD_CRASHES));
    world.cluster.create(POLICIES, notReady());
    expect(await world.until(() => world.phases().includes('Succeeded'))).toBe(true);
    expect(world.status('crash-loops').massFailure).toBeUndefined();
  });

  it('does not hide that most of what runs has failed: only what runs is counted (I15)', async () => {
    const world = await finished(5);
    for (const name of ['a', 'b', 'c'])
      world.cluster.create(DEPLOYMENTS, deployment(name, [{ ready: { failsAfter: '5s' } }]));
    world.cluster.create(POLICIES, notReady());
    await world.clock.advance(120_000);
    expect(world.status('crash-loops').blocked?.map(({ reason }) => reason)).toEqual(Array(3).fill('MassFailure'));
    expect(world.status('crash-loops').blocked?.[0]?.message).toContain('3 of 3 targets');
  });
});

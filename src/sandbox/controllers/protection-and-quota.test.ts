import { expect, test } from 'vitest';
import type { KubeObject } from '../../shapes/kube.ts';
import { VirtualClock } from '../../std/clock.ts';
import { createSandbox } from '../index.ts';
import { CLAIMS, PODS, QUOTAS } from '../runtime/resources.ts';

const pod = (name: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: {
    containers: [{ name: 'main', image: 'app:1' }],
    volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }],
  },
});

async function start() {
  const clock = new VirtualClock();
  const sandbox = createSandbox({ clock });
  await clock.advance(1_000);
  return { clock, cluster: sandbox.cluster, close: () => sandbox.close() };
}

test('a claim in use outlives its deletion until the pod is gone', async () => {
  const { clock, cluster, close } = await start();
  const key = { namespace: 'default', name: 'data' };
  const spec = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } };
  cluster.create(CLAIMS, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', metadata: { ...key }, spec });
  cluster.create(PODS, pod('user'));
  await clock.advance(5_000);
  cluster.remove(CLAIMS, key);
  await clock.advance(5_000);
  expect(cluster.get(CLAIMS, key)?.metadata.deletionTimestamp).toBeDefined();
  cluster.remove(PODS, { namespace: 'default', name: 'user' }, { gracePeriodSeconds: 0 });
  await clock.advance(1_000);
  expect(cluster.get(CLAIMS, key)).toBeUndefined();
  await close();
});

test('a quota tells what is used as pods come and go', async () => {
  const { clock, cluster, close } = await start();
  const key = { namespace: 'default', name: 'q' };
  const used = () => cluster.get(QUOTAS, key)?.['status'];
  cluster.create(QUOTAS, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { ...key },
    spec: { hard: { pods: '2', 'count/deployments.apps': '5' } },
  });
  await clock.advance(1_000);
  expect(used()).toEqual({
    hard: { 'count/deployments.apps': '5', pods: '2' },
    used: { 'count/deployments.apps': '0', pods: '0' },
  });
  cluster.create(PODS, pod('a'));
  await clock.advance(1_000);
  expect(used()).toMatchObject({ used: { pods: '1' } });
  cluster.remove(PODS, { namespace: 'default', name: 'a' }, { gracePeriodSeconds: 0 });
  await clock.advance(1_000);
  expect(used()).toMatchObject({ used: { pods: '0' } });
  await close();
});

/**
 * The cluster of `crash-loops.ts`: `COUNT` Deployments of one pod each, all of which crash, under one policy, on the
 * embedded cluster over HTTP. Prints one line of JSON when all of them loop: `{api}`.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createSandbox } from '../src/sandbox/index.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { systemClock } from '../src/std/clock.ts';

const [count, perHour] = process.argv.slice(2).map(Number) as [number, number];
const SYSTEM = 'kubeskippy-system';
/** A node runs 110 pods. */
const PODS_PER_NODE = 100;
const core = (resource: string) => ({ group: '', version: 'v1', resource });
const ours = (resource: string) => ({ group: 'kubeskippy.io', version: 'v1alpha1', resource });
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };
const CRASHES = JSON.stringify([{ exit: { after: '2s', code: 1 } }]);

const sandbox = createSandbox({ clock: systemClock, nodes: Math.ceil(count / PODS_PER_NODE) });
const { cluster } = sandbox;
for (const name of ['healingpolicies', 'healingactions', 'healingapprovals']) {
  const file = new URL(`../../config/crd/bases/kubeskippy.io_${name}.yaml`, import.meta.url);
  cluster.create(
    { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
    parse(readFileSync(file, 'utf8')) as KubeObject,
  );
}
cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: SYSTEM } });
cluster.create(ours('healingpolicies'), {
  apiVersion: 'kubeskippy.io/v1alpha1',
  kind: 'HealingPolicy',
  metadata: { name: 'crash-loops', namespace: 'default' },
  spec: {
    mode: 'automatic',
    selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
    triggers: [
      {
        name: 'looping',
        type: 'condition',
        conditionTrigger: { type: 'CrashLoopBackOff', status: 'True', duration: '20s' },
      },
    ],
    actions: [{ name: 'restart', type: 'restart', restartAction: { strategy: 'rolling' } }],
    safetyRules: { maxUnhealthy: '100%', maxActionsPerHour: perHour, maxConcurrent: 10, healthCheckTimeout: '10s' },
  },
});
for (let n = 0; n < count; n++) {
  const labels = { app: `service-${n}` };
  cluster.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `service-${n}`, namespace: 'default', labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels, annotations: { 'sandbox.kubeskippy.io/script': CRASHES } },
        spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
      },
    },
  });
  if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
}
const loops = (pod: KubeObject) => {
  const { status } = pod as { readonly status?: { readonly containerStatuses?: readonly { restartCount: number }[] } };
  return (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0;
};
while (cluster.list(core('pods')).filter((pod) => loops(pod)).length < count)
  await new Promise((resolve) => setTimeout(resolve, 1000));
const { url } = await sandbox.serve({ port: 0 });
console.log(JSON.stringify({ api: url }));

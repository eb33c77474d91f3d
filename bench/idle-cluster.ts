/**
 * The cluster of `idle.bench.ts`: `COUNT` pods of ten Deployments that are well, under one policy. Nodes and pods
 * report as those of a real cluster do. Prints one line of JSON when all pods are ready: `{api}`.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createSandbox } from '../src/sandbox/index.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { systemClock } from '../src/std/clock.ts';

const [count] = process.argv.slice(2).map(Number) as [number];
const WORKLOADS = 10;
const core = (resource: string) => ({ group: '', version: 'v1', resource });
const DEPLOYMENTS = { group: 'apps', version: 'v1', resource: 'deployments' };

const sandbox = createSandbox({ clock: systemClock, nodes: 3 });
const { cluster } = sandbox;
for (const name of ['healingpolicies', 'healingactions', 'healingapprovals']) {
  const file = new URL(`../../config/crd/bases/kubeskippy.io_${name}.yaml`, import.meta.url);
  cluster.create(
    { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
    parse(readFileSync(file, 'utf8')) as KubeObject,
  );
}
cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kubeskippy-system' } });
cluster.create(
  { group: 'kubeskippy.io', version: 'v1alpha1', resource: 'healingpolicies' },
  {
    apiVersion: 'kubeskippy.io/v1alpha1',
    kind: 'HealingPolicy',
    metadata: { name: 'crash-loops', namespace: 'default' },
    spec: {
      mode: 'automatic',
      selector: { resources: [{ apiVersion: 'apps/v1', kind: 'Deployment' }] },
      triggers: [
        { name: 'looping', type: 'condition', conditionTrigger: { type: 'CrashLoopBackOff', status: 'True' } },
      ],
      actions: [{ name: 'restart', type: 'restart' }],
    },
  },
);
for (let n = 0; n < WORKLOADS; n++) {
  const labels = { app: `service-${n}` };
  cluster.create(DEPLOYMENTS, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: `service-${n}`, namespace: 'default', labels },
    spec: {
      replicas: count / WORKLOADS,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] },
      },
    },
  });
}
const ready = (pod: KubeObject) => {
  const { status } = pod as { readonly status?: { readonly containerStatuses?: readonly { ready: boolean }[] } };
  return status?.containerStatuses?.[0]?.ready === true;
};
while (cluster.list(core('pods')).filter((pod) => ready(pod)).length < count)
  await new Promise((resolve) => setTimeout(resolve, 200));
const { url } = await sandbox.serve({ port: 0 });
console.log(JSON.stringify({ api: url }));

/**
 * The cluster of `event-loop.bench.ts`: `COUNT` pods of one namespace, each as awkward as its owner may make it (a long
 * name, many labels), and Events with long messages about one of them. Prints one line of JSON: `{api}`.
 */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { createSandbox } from '../src/sandbox/index.ts';
import type { KubeObject } from '../src/shapes/kube.ts';
import { systemClock, turn } from '../src/std/clock.ts';

const [count, events] = process.argv.slice(2).map(Number) as [number, number];
const TEAM = 'team-a';
const core = (resource: string) => ({ group: '', version: 'v1', resource });

const sandbox = createSandbox({ clock: systemClock, kubelet: 'off', scheduler: 'off', controllers: 'off' });
const { cluster } = sandbox;
for (const name of ['healingpolicies', 'healingactions', 'healingapprovals']) {
  const file = new URL(`../../config/crd/bases/kubeskippy.io_${name}.yaml`, import.meta.url);
  cluster.create(
    { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' },
    parse(readFileSync(file, 'utf8')) as KubeObject,
  );
}
for (const name of ['kubeskippy-system', TEAM])
  cluster.create(core('namespaces'), { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });

const labels = Object.fromEntries(Array.from({ length: 64 }, (_, at) => [`label-${at}`, `${'v'.repeat(60)}x`]));
for (let n = 0; n < count; n++) {
  const name = `${'a'.repeat(240)}-${n}`;
  cluster.create(core('pods'), {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: TEAM, labels },
    spec: { containers: [{ name: 'main', image: 'app:1' }] },
  });
  const status = {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: 'False', lastTransitionTime: '2026-01-01T00:00:00Z' }],
  };
  cluster.modify(core('pods'), { namespace: TEAM, name }, (draft) => ({ ...draft, status }), 'status');
  if (n % 50 === 0) await turn();
}
for (let n = 0; n < events; n++) {
  cluster.create(core('events'), {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name: `event-${n}`, namespace: TEAM },
    involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: TEAM, name: `${'a'.repeat(240)}-0` },
    reason: 'A'.repeat(200),
    message: 'a'.repeat(20_000),
    type: 'Warning',
    firstTimestamp: new Date().toISOString(),
    lastTimestamp: new Date().toISOString(),
    count: 1,
  });
}
const { url } = await sandbox.serve({ port: 0 });
console.log(JSON.stringify({ api: url }));
